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
    private readonly Func<DateTime, float>[]?[] _parts; // For each column of the rows; null where it is no date.
    private readonly ConcurrentQueue<RowBatch> _batches = new();

    private PartsScorer(Signature signature, Signature graph, IScorer scorer)
    {
        _scorer = scorer;
        _graph = graph;
        _parts = [.. signature.Inputs.Select(i => i.Type.IsDate() ? i.Parts!.Select(p => DateParts.Find(p)!).ToArray() : null)];
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

        var target = 0;
        for (var c = 0; c < _parts.Length; c++)
        {
            if (_parts[c] is { } ofDate)
            {
                WriteParts(batch.Texts(c).Span, ofDate, parts, target);
                target += ofDate.Length;
                continue;
            }

            if (_graph.Inputs[target].Type.IsNumeric())
            {
                batch.Numbers(c).CopyTo(parts.Numbers(target));
            }
            else
            {
                batch.Texts(c).CopyTo(parts.Texts(target));
            }

            target++;
        }

        _scorer.Score(parts, output);
        _batches.Enqueue(parts);
    }

    /// <inheritdoc/>
    public void Dispose() => _scorer.Dispose();

    private static void WriteParts(ReadOnlySpan<string> texts, Func<DateTime, float>[] ofDate, RowBatch parts, int first)
    {
        for (var row = 0; row < texts.Length; row++)
        {
            // A new row is all missing.
            if (DateText.TryParse(texts[row], out var date))
            {
                for (var p = 0; p < ofDate.Length; p++)
                {
                    parts.SetNumber(row, first + p, ofDate[p](date));
                }
            }
        }
    }
}
