using System.Buffers;
using System.Runtime.CompilerServices;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>A compiled forest behind <see cref="IScorer"/>: gathers the batch's columns into rows, sums the trees, transforms.</summary>
internal sealed unsafe class CompiledForestScorer : IScorer
{
    /// <summary>Floats on the stack for small batches; more come from the pool.</summary>
    private const int StackFloats = 1024;

    private readonly CompiledForest _forest;
    private readonly ForestFeature[] _features;

    private CompiledForestScorer(CompiledForest forest, ForestFeature[] features, int outputWidth)
    {
        _forest = forest;
        _features = features;
        OutputWidth = outputWidth;
    }

    /// <inheritdoc/>
    public string Engine => "compiled-forest";

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>
    /// Compiles the graph. Throws <see cref="NotSupportedException"/> with the reason when it is not a plain forest over the
    /// signature's columns. The caller compares its answers with the golden rows before it serves.
    /// </summary>
    public static CompiledForestScorer Compile(ReadOnlySpan<byte> model, Signature signature)
    {
        using var arena = new LoadArena();
        var graph = ForestGraph.Read(model, signature, arena);
        var width = signature.Output.Kind == OutputKind.Classes ? signature.Output.Classes!.Count : 1;
        var pair = graph.Ensemble.Transform is ForestTransform.Complement or ForestTransform.LogisticPair;
        return graph.Ensemble.Outputs == (pair ? width - 1 : width)
            ? new CompiledForestScorer(new CompiledForest(graph.Ensemble, arena), [.. graph.Features], width)
            : throw new NotSupportedException($"the trees give {graph.Ensemble.Outputs} values, the signature has {width}");
    }

    /// <summary>
    /// Compiles the graph when it can be and the result gives the golden rows' answers; else null, with the reason why ONNX
    /// Runtime serves. Without golden rows nothing is proved, so nothing is compiled.
    /// </summary>
    public static IScorer? TryCompile(ReadOnlySpan<byte> model, Signature signature, GoldenRows? golden, out string reason)
    {
        if (golden is not { Rows.Count: > 0 })
        {
            reason = "there are no golden rows to prove it on";
            return null;
        }

        try
        {
            var scorer = PartsScorer.Over(signature, Compile(model, DateParts.GraphOf(signature)));
            LoadThread.Breathe();
            reason = golden.Verify(signature, scorer) ?? "";
            if (reason.Length == 0)
            {
                return scorer;
            }

            scorer.Dispose();
        }
        // The other three are attributes that contradict each other; ONNX Runtime may read them in its own way.
        catch (Exception e) when (e is NotSupportedException or KeyNotFoundException or ArgumentException or IndexOutOfRangeException)
        {
            reason = e.Message;
        }

        return null;
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Score(RowBatch batch, Span<float> output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (output.Length != batch.Count * OutputWidth)
        {
            throw new ArgumentException($"Expected {batch.Count * OutputWidth} places, found {output.Length}.", nameof(output));
        }

        // Rows gathered at once: enough to walk in blocks, few enough to stay in the second cache.
        var block = Math.Min(CompiledForest.MaxRows, batch.Count);
        var floats = (block * (_features.Length + _forest.Width)) + CompiledForest.ScratchFloats(_features.Length, block);
        if (floats <= StackFloats)
        {
            var scratch = stackalloc float[floats];
            ScoreBlocks(batch, output, block, scratch);
            return;
        }

        var rented = ArrayPool<float>.Shared.Rent(floats);
        fixed (float* scratch = rented)
        {
            ScoreBlocks(batch, output, block, scratch);
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public void Dispose() => _forest.Dispose();

    private void ScoreBlocks(RowBatch batch, Span<float> output, int block, float* scratch)
    {
        var sums = scratch + (block * _features.Length);
        var rest = sums + (block * _forest.Width);
        for (var first = 0; first < batch.Count; first += block)
        {
            var count = Math.Min(block, batch.Count - first);
            Gather(batch, first, count, scratch);
            _forest.Sum(scratch, _features.Length, count, rest, sums);
            for (var r = 0; r < count; r++)
            {
                Transform(
                    new ReadOnlySpan<float>(sums + (r * _forest.Width), _forest.Outputs),
                    output.Slice((first + r) * OutputWidth, OutputWidth));
            }
        }
    }

    private void Gather(RowBatch batch, int first, int count, float* rows)
    {
        for (var f = 0; f < _features.Length; f++)
        {
            var feature = _features[f];
            var target = rows + f;
            if (feature.Codes is null)
            {
                foreach (var value in batch.Numbers(feature.Column).Span.Slice(first, count))
                {
                    *target = value;
                    target += _features.Length;
                }

                continue;
            }

            foreach (var text in batch.Texts(feature.Column).Span.Slice(first, count))
            {
                *target = text.Length == 0 ? feature.Missing : feature.Codes.GetValueOrDefault(text, feature.Unseen);
                target += _features.Length;
            }
        }
    }

    private void Transform(ReadOnlySpan<float> sums, Span<float> output)
    {
        switch (_forest.Transform)
        {
            case ForestTransform.None:
                for (var k = 0; k < sums.Length; k++)
                {
                    output[k] = sums[k] / _forest.Divisor;
                }

                return;
            case ForestTransform.Logistic:
                for (var k = 0; k < sums.Length; k++)
                {
                    output[k] = Logistic(sums[k]);
                }

                break;
            case ForestTransform.Softmax:
                Softmax(sums, output);
                break;
            case ForestTransform.Complement:
                (output[0], output[1]) = (1 - sums[0], sums[0]);
                break;
            case ForestTransform.LogisticPair:
                (output[0], output[1]) = (Logistic(-sums[0]), Logistic(sums[0]));
                break;
        }

        foreach (ref var value in output)
        {
            value /= _forest.Divisor;
        }
    }

    // The largest sum is taken off first, so that no exponential overflows.
    private static void Softmax(ReadOnlySpan<float> sums, Span<float> output)
    {
        var largest = float.NegativeInfinity;
        foreach (var sum in sums)
        {
            largest = MathF.Max(largest, sum);
        }

        var total = 0f;
        for (var k = 0; k < sums.Length; k++)
        {
            output[k] = MathF.Exp(sums[k] - largest);
            total += output[k];
        }

        for (var k = 0; k < sums.Length; k++)
        {
            output[k] /= total;
        }
    }

    private static float Logistic(float x) => 1 / (1 + MathF.Exp(-x));
}
