using Analytics.Benchmarks.Training;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Benchmarks.Scoring;

/// <summary>The product's own model of a data set, trained as a run trains it, and rows to score.</summary>
internal sealed record TrainedFile(BenchmarkSet Set, byte[] Model, Signature Signature)
{
    public static async Task<TrainedFile> TrainAsync(string name, string label, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        var trained = await Attempt.RunAsync(name, label, folder.Path, cancellationToken);
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
