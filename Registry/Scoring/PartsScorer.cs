using System.Collections.Concurrent;
using Analytics.Registry.Models;

namespace Analytics.Registry.Scoring;

/// <summary>
/// Answers rows that have dates with a scorer that knows their parts only (<see cref="DateParts.GraphOf"/>). A text that is no
/// date counts as missing: whoever takes rows in has refused it before.
/// </summary>
public sealed class PartsScorer : IScorer
{
    private readonly IScorer _scorer;
    private readonly Signature _graph;
    private readonly (int Source, Func<DateTime, float>? Part)[] _columns;
    private readonly ConcurrentQueue<RowBatch> _batches = new();

    private PartsScorer(Signature signature, Signature graph, IScorer scorer)
    {
        _scorer = scorer;
        _graph = graph;
        _columns = [.. signature.Inputs.SelectMany((input, c) => input.Type.IsDate()
            ? input.Parts!.Select(p => (c, DateParts.Find(p)))
            : [(c, null)])];
    }

    /// <inheritdoc/>
    public string Engine => _scorer.Engine;

    /// <inheritdoc/>
    public int OutputWidth => _scorer.OutputWidth;

    /// <summary>The scorer itself where the signature has no date. It is disposed with the result.</summary>
    public static IScorer Over(Signature signature, IScorer scorer) =>
        DateParts.GraphOf(signature) is var graph && ReferenceEquals(graph, signature) ? scorer : new PartsScorer(signature, graph, scorer);

    /// <summary>ONNX Runtime over a graph; see <see cref="OnnxScorer.Load"/>.</summary>
    public static IScorer Load(byte[] model, Signature signature) => Over(signature, OnnxScorer.Load(model, DateParts.GraphOf(signature)));

    /// <inheritdoc/>
    public void Score(RowBatch batch, Span<float> output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!_batches.TryDequeue(out var parts))
        {
            parts = new RowBatch(_graph, batch.Count);
        }

        parts.Reset();
        for (var row = 0; row < batch.Count; row++)
        {
            parts.AddRow();
        }

        for (var c = 0; c < _columns.Length; c++)
        {
            var (source, part) = _columns[c];
            if (part is not null)
            {
                WriteParts(batch.Texts(source).Span, part, parts.Numbers(c).Span);
            }
            else if (_graph.Inputs[c].Type.IsNumeric())
            {
                batch.Numbers(source).CopyTo(parts.Numbers(c));
            }
            else
            {
                batch.Texts(source).CopyTo(parts.Texts(c));
            }
        }

        _scorer.Score(parts, output);
        _batches.Enqueue(parts);
    }

    /// <inheritdoc/>
    public void Dispose() => _scorer.Dispose();

    private static void WriteParts(ReadOnlySpan<string> texts, Func<DateTime, float> part, Span<float> target)
    {
        for (var row = 0; row < target.Length; row++)
        {
            target[row] = DateText.TryParse(texts[row], out var date) ? part(date) : float.NaN;
        }
    }
}
