using System.Text.Json;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;
using Analytics.Trainer.Worker.Training.Candidates;

namespace Analytics.Benchmarks;

/// <summary>Trains a data set as a training run does.</summary>
internal static class Attempt
{
    /// <summary>
    /// Trains with the default algorithm unless one is named, and with its default seed unless one is given; the model's files are in
    /// <paramref name="folder"/> then.
    /// </summary>
    public static async Task<TrainedModel> RunAsync(
        string name, string label, string folder, CancellationToken cancellationToken, int? seed = null, string algorithm = CandidateCatalog.Default)
    {
        File.Copy(BenchFiles.Data($"{name}.csv"), Path.Combine(folder, "data.csv"));
        var job = new TrainingJob
        {
            Model = name,
            Dataset = name,
            DataFile = "data.csv",
            Schema = new DatasetSchema(Label: label),
            Algorithm = algorithm,
            Parameters = seed is { } given
                ? new Dictionary<string, JsonElement> { [ParameterDefinition.Seed.Name] = JsonSerializer.SerializeToElement(given) }
                : [],
        };
        await File.WriteAllBytesAsync(
            Path.Combine(folder, TrainingJob.FileName),
            JsonSerializer.SerializeToUtf8Bytes(job, AttemptJson.Default.TrainingJob),
            cancellationToken);
        await AttemptCommand.RunAsync(folder, TextWriter.Null, cancellationToken);
        var outcome = JsonSerializer.Deserialize(
            await File.ReadAllBytesAsync(Path.Combine(folder, TrainingOutcome.FileName), cancellationToken),
            AttemptJson.Default.TrainingOutcome)!;
        return outcome.Trained ?? throw new InvalidOperationException($"{name}: {outcome.Error}");
    }
}
