using System.Text.Json;
using Analytics.Benchmarks.Training;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Benchmarks.Scoring;

/// <summary>The product's own model of a data set, trained as a run trains it, and rows to score.</summary>
internal sealed record TrainedFile(BenchmarkSet Set, byte[] Model, Signature Signature)
{
    public static async Task<TrainedFile> TrainAsync(string name, string label, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        File.Copy(BenchFiles.Data($"{name}.csv"), folder.File("data.csv"));
        var job = new TrainingJob
        {
            Model = name,
            Dataset = name,
            DataFile = "data.csv",
            Schema = new DatasetSchema(Label: label),
            Algorithm = CandidateCatalog.Default,
        };
        await File.WriteAllBytesAsync(
            folder.File(TrainingJob.FileName), JsonSerializer.SerializeToUtf8Bytes(job, AttemptJson.Default.TrainingJob), cancellationToken);
        await AttemptCommand.RunAsync(folder.Path, TextWriter.Null, cancellationToken);
        var outcome = JsonSerializer.Deserialize(
            await File.ReadAllBytesAsync(folder.File(TrainingOutcome.FileName), cancellationToken), AttemptJson.Default.TrainingOutcome)!;
        var trained = outcome.Trained ?? throw new InvalidOperationException($"{name}: {outcome.Error}");
        return new TrainedFile(
            await BenchmarkSet.ReadAsync(name, label, cancellationToken),
            await File.ReadAllBytesAsync(folder.File(trained.Files[FileRole.Model]), cancellationToken),
            trained.Signature);
    }

    /// <summary>Rows spread over the file, so that all classes are among them.</summary>
    public IEnumerable<int> Rows(int count) =>
        Enumerable.Range(0, count).Select(i => (int)((long)i * Set.Table.RowCount / count));

    public RowBatch Batch(IEnumerable<int> rows)
    {
        var batch = new RowBatch(Signature);
        foreach (var row in rows)
        {
            TableScoring.AddRow(batch, Set.Table, row);
        }

        return batch;
    }
}
