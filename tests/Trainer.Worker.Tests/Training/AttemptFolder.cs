using System.Globalization;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training;

/// <summary>A work folder of an attempt, run through the command as the child process would.</summary>
public sealed class AttemptFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("attempt-").FullName;

    public string Progress { get; private set; } = "";

    public static TrainingJob Job(string dataset, DatasetSchema schema, string algorithm = "random-forest", params (string Name, double Value)[] parameters) => new()
    {
        Model = dataset,
        Dataset = dataset,
        DataFile = "data.csv",
        Schema = schema,
        Algorithm = algorithm,
        Parameters = parameters.ToDictionary(p => p.Name, p => JsonSerializer.SerializeToElement(p.Value)),
    };

    public AttemptFolder WithText(string csv) => WithBytes(Encoding.UTF8.GetBytes(csv));

    public AttemptFolder WithBytes(byte[] data)
    {
        System.IO.File.WriteAllBytes(File("data.csv"), data);
        return this;
    }

    public AttemptFolder WithFile(string path)
    {
        System.IO.File.Copy(path, File("data.csv"), overwrite: true);
        return this;
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public async Task<TrainingOutcome> RunAsync(TrainingJob job)
    {
        await System.IO.File.WriteAllBytesAsync(
            File(TrainingJob.FileName), JsonSerializer.SerializeToUtf8Bytes(job, AttemptJson.Default.TrainingJob));
        await using var progress = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(0, await AttemptCommand.RunAsync(Path, progress, TestContext.Current.CancellationToken));
        Progress = progress.ToString();
        return JsonSerializer.Deserialize(
            await System.IO.File.ReadAllBytesAsync(File(TrainingOutcome.FileName)), AttemptJson.Default.TrainingOutcome)!;
    }

    public async Task<TrainedModel> TrainAsync(TrainingJob job)
    {
        var outcome = await RunAsync(job);
        Assert.Null(outcome.Error);
        return outcome.Trained!;
    }

    public async Task<string> FailAsync(TrainingJob job)
    {
        var outcome = await RunAsync(job);
        Assert.Null(outcome.Trained);
        return outcome.Error!;
    }

    public IScorer LoadModel(TrainedModel model) =>
        PartsScorer.Load(System.IO.File.ReadAllBytes(File(model.Files[FileRole.Model])), model.Signature);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
