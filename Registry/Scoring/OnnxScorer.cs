using System.Collections.Concurrent;
using Analytics.Registry.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Analytics.Registry.Scoring;

/// <summary>
/// ONNX Runtime behind <see cref="IScorer"/>: the graph has one input [N, 1] per signature column, of the same name (float
/// or string), and gives <see cref="ProbabilitiesOutput"/> (float [N, classes]) or <see cref="ValueOutput"/> (float [N, 1]).
/// A graph from elsewhere may instead take all columns as one float input [N, columns], and name that output otherwise.
/// </summary>
public sealed class OnnxScorer : IScorer
{
    /// <summary>The graph's output of probabilities, in the order of the signature's classes.</summary>
    public const string ProbabilitiesOutput = "probabilities";

    /// <summary>The graph's output of labels (string [N]); for other readers of the graph, this scorer does not ask for it.</summary>
    public const string LabelOutput = "label";

    /// <summary>The graph's output of a regression.</summary>
    public const string ValueOutput = "value";

    private readonly ConcurrentQueue<SingleRow> _singleRows = new();
    private readonly RunOptions _runOptions = new();
    private readonly InferenceSession _session;
    private readonly Signature _signature;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly bool _matrix;

    private OnnxScorer(InferenceSession session, Signature signature)
    {
        _session = session;
        _signature = signature;
        _matrix = TakesMatrix(session, signature);
        _inputNames = _matrix ? [session.InputNames[0]] : [.. signature.Inputs.Select(i => i.Name)];
        _outputNames = [OutputName(session, signature)];
        OutputWidth = Width(signature);
    }

    /// <inheritdoc/>
    public string Engine => "onnxruntime";

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>
    /// Loads the graph. Throws <see cref="InvalidDataException"/> when it is not an ONNX graph or does not fit the signature.
    /// </summary>
    public static OnnxScorer Load(byte[] model, Signature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        // One thread a call: a row is scored faster than a thread pool is woken, and requests already run in parallel.
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        InferenceSession session;
        try
        {
            session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"ONNX Runtime cannot load the model: {e.Message}", e);
        }

        try
        {
            CheckGraph(session, signature);
            return new OnnxScorer(session, signature);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Score(RowBatch batch, Span<float> output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (output.Length != batch.Count * OutputWidth)
        {
            throw new ArgumentException($"Expected {batch.Count * OutputWidth} places, found {output.Length}.", nameof(output));
        }

        if (batch.Count == 1 && !_matrix)
        {
            ScoreOne(batch, output);
        }
        else if (batch.Count > 0)
        {
            ScoreMany(batch, output);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_singleRows.TryDequeue(out var row))
        {
            row.Dispose();
        }

        _session.Dispose();
        _runOptions.Dispose();
    }

    private void ScoreOne(RowBatch batch, Span<float> output)
    {
        // There are as many of them as there were ever calls at once; they are small.
        if (!_singleRows.TryDequeue(out var row))
        {
            row = new SingleRow(_session, _signature, _outputNames[0], OutputWidth);
        }

        try
        {
            row.Score(_session, _runOptions, batch, output);
        }
        catch
        {
            row.Dispose();
            throw;
        }

        _singleRows.Enqueue(row);
    }

    private void ScoreMany(RowBatch batch, Span<float> output)
    {
        var inputs = new OrtValue[_inputNames.Length];
        try
        {
            for (var c = 0; c < inputs.Length; c++)
            {
                inputs[c] = _matrix
                    ? OrtValue.CreateTensorValueFromMemory(
                        OrtMemoryInfo.DefaultInstance, ToMatrix(batch), [batch.Count, _signature.Inputs.Count])
                    : _signature.Inputs[c].Type.IsNumeric()
                    ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, batch.Numbers(c), [batch.Count, 1])
                    : OrtValue.CreateFromStringTensor(new DenseTensor<string>(batch.Texts(c), [batch.Count, 1]));
            }

            using var results = _session.Run(_runOptions, _inputNames, inputs, _outputNames);
            var found = results[0].GetTensorDataAsSpan<float>();
            if (found.Length != output.Length)
            {
                throw new InvalidDataException(
                    $"The graph's output '{_outputNames[0]}' has {found.Length} values for {batch.Count} rows; expected {output.Length}.");
            }

            found.CopyTo(output);
        }
        finally
        {
            foreach (var input in inputs)
            {
                input?.Dispose();
            }
        }
    }

    private static Memory<float> ToMatrix(RowBatch batch)
    {
        var columns = batch.Signature.Inputs.Count;
        var matrix = new float[batch.Count * columns];
        for (var c = 0; c < columns; c++)
        {
            var values = batch.Numbers(c).Span;
            for (var r = 0; r < values.Length; r++)
            {
                matrix[(r * columns) + c] = values[r];
            }
        }

        return matrix;
    }

    private static bool TakesMatrix(InferenceSession session, Signature signature) =>
        session.InputNames.Count == 1
        && session.InputMetadata[session.InputNames[0]] is { IsTensor: true } input
        && input.ElementType == typeof(float)
        && !(signature.Inputs.Count == 1 && signature.Inputs[0].Name == session.InputNames[0])
        && signature.Inputs.All(i => i.Type.IsNumeric())
        && Fits(input.Dimensions, signature.Inputs.Count);

    // The standard name, else the only float output that fits (scikit-learn's converter writes "output_probability").
    private static string OutputName(InferenceSession session, Signature signature)
    {
        var standard = signature.Output.Kind == OutputKind.Classes ? ProbabilitiesOutput : ValueOutput;
        if (session.OutputMetadata.ContainsKey(standard))
        {
            return standard;
        }

        var fitting = session.OutputMetadata
            .Where(o => o.Value.IsTensor && o.Value.ElementType == typeof(float) && Fits(o.Value.Dimensions, Width(signature))).ToList();
        return fitting.Count == 1 ? fitting[0].Key : standard;
    }

    private static int Width(Signature signature) =>
        signature.Output.Kind == OutputKind.Classes ? signature.Output.Classes!.Count : 1;

    private static void CheckGraph(InferenceSession session, Signature signature)
    {
        if (!TakesMatrix(session, signature))
        {
            CheckColumns(session, signature);
        }

        var name = OutputName(session, signature);
        if (!session.OutputMetadata.TryGetValue(name, out var output))
        {
            throw new InvalidDataException(
                $"The graph has no output '{name}'; it has {string.Join(", ", session.OutputNames)}.");
        }

        if (!output.IsTensor || output.ElementType != typeof(float) || !Fits(output.Dimensions, Width(signature)))
        {
            throw new InvalidDataException(
                $"The graph's output '{name}' is {Describe(output)}; the signature wants {nameof(Single)} [N, {Width(signature)}].");
        }
    }

    private static void CheckColumns(InferenceSession session, Signature signature)
    {
        foreach (var input in signature.Inputs)
        {
            var expected = input.Type.IsNumeric() ? typeof(float) : typeof(string);
            if (!session.InputMetadata.TryGetValue(input.Name, out var metadata))
            {
                throw new InvalidDataException(
                    $"The graph has no input '{input.Name}'; it has {string.Join(", ", session.InputNames)}.");
            }

            if (!metadata.IsTensor || metadata.ElementType != expected || !Fits(metadata.Dimensions, 1))
            {
                throw new InvalidDataException(
                    $"The graph's input '{input.Name}' is {Describe(metadata)}; the signature wants {expected.Name} [N, 1].");
            }
        }

        if (session.InputNames.Count != signature.Inputs.Count)
        {
            throw new InvalidDataException(
                $"The graph has {session.InputNames.Count} inputs; the signature has {signature.Inputs.Count} columns.");
        }
    }

    // Unknown dimensions are negative; the golden rows tell what they are in truth. An input of one fixed row would refuse batches.
    private static bool Fits(int[] dimensions, int width) =>
        dimensions.Length == 0 || (dimensions.Length == 2 && dimensions[0] < 0 && (dimensions[1] < 0 || dimensions[1] == width));

    private static string Describe(NodeMetadata metadata) =>
        metadata.IsTensor ? $"{metadata.ElementType.Name} [{string.Join(", ", metadata.Dimensions)}]" : $"a {metadata.OnnxValueType}, no tensor";
}
