using System.Globalization;
using System.Text;
using Analytics.Benchmarks.Training;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Benchmarks.Reload;

/// <summary>A model trained as a run trains it, with what it must answer: worked out by ONNX Runtime, in this process.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Signature">Its signature.</param>
/// <param name="Graph">The ONNX graph.</param>
/// <param name="Golden">The golden rows' file.</param>
/// <param name="Bodies">Request bodies of one row each.</param>
/// <param name="Expected">For each body the probabilities.</param>
internal sealed record TrainedVariant(
    string Model, Signature Signature, byte[] Graph, byte[] Golden, IReadOnlyList<string> Bodies, IReadOnlyList<float[]> Expected)
{
    public static async Task<TrainedVariant> TrainAsync(string name, string label, int seed, int rows, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        var trained = await Attempt.RunAsync(name, label, folder.Path, cancellationToken, seed);
        var graph = await File.ReadAllBytesAsync(folder.File(trained.Files[FileRole.Model]), cancellationToken);
        var golden = await File.ReadAllBytesAsync(folder.File(trained.Files[FileRole.Golden]), cancellationToken);
        var set = await BenchmarkSet.ReadAsync(name, label, cancellationToken);
        int[] chosen = [.. Enumerable.Range(0, rows).Select(i => (int)((long)i * set.Table.RowCount / rows))];
        using var scorer = PartsScorer.Load(graph, trained.Signature);
        var outputs = TableScoring.Score(scorer, trained.Signature, set.Table, chosen, cancellationToken);
        return new TrainedVariant(
            name, trained.Signature, graph, golden,
            [.. chosen.Select(r => Body(trained.Signature, set.Table, r))],
            [.. outputs.Chunk(scorer.OutputWidth)]);
    }

    /// <summary>
    /// The graph with a remark: the same answers under another SHA-256, so that versions share no blob and damage to one is
    /// damage to that one alone.
    /// </summary>
    public byte[] GraphWith(string remark)
    {
        // ModelProto.doc_string, field 6 of a message whose fields may follow in any order.
        var text = Encoding.ASCII.GetBytes(remark);
        return [.. Graph, (6 << 3) | 2, checked((byte)text.Length), .. text];
    }

    // Both sets have numbers alone.
    private static string Body(Signature signature, DatasetTable table, int row) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"features":[{{string.Join(',', signature.Inputs.Select(i => ((NumberColumn)table[i.Name]).Values[row].ToString(CultureInfo.InvariantCulture)))}}]}""");
}
