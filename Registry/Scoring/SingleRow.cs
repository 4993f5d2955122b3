using Analytics.Registry.Models;
using Microsoft.ML.OnnxRuntime;

namespace Analytics.Registry.Scoring;

/// <summary>
/// One row's inputs and outputs in memory that a session is bound to once and for all: scoring a row then makes no tensor,
/// looks up no name and allocates nothing. One thread at a time.
/// </summary>
internal sealed class SingleRow : IDisposable
{
    private static readonly long[] CellShape = [1, 1];

    private readonly float[] _numbers;
    private readonly float[] _outputs;
    private readonly string?[] _texts;
    private readonly OrtValue[] _inputs;
    private readonly OrtValue _output;
    private readonly OrtIoBinding _binding;

    public SingleRow(InferenceSession session, Signature signature, string outputName, int outputWidth)
    {
        // Pinned: the native side keeps the addresses.
        _numbers = GC.AllocateArray<float>(signature.Inputs.Count, pinned: true);
        _outputs = GC.AllocateArray<float>(outputWidth, pinned: true);
        _texts = new string?[signature.Inputs.Count];
        _inputs = new OrtValue[signature.Inputs.Count];
        _binding = session.CreateIoBinding();
        for (var c = 0; c < _inputs.Length; c++)
        {
            _inputs[c] = signature.Inputs[c].Type.IsNumeric()
                ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _numbers.AsMemory(c, 1), CellShape)
                : OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, CellShape);
            _binding.BindInput(signature.Inputs[c].Name, _inputs[c]);
        }

        _output = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _outputs.AsMemory(), [1, outputWidth]);
        _binding.BindOutput(outputName, _output);
    }

    /// <summary>Scores the only row of the batch.</summary>
    public void Score(InferenceSession session, RunOptions options, RowBatch batch, Span<float> output)
    {
        for (var c = 0; c < _inputs.Length; c++)
        {
            if (batch.Signature.Inputs[c].Type.IsNumeric())
            {
                _numbers[c] = batch.Numbers(c).Span[0];
                continue;
            }

            // Categories are the same string objects again and again: most need not be copied anew.
            var text = batch.Texts(c).Span[0];
            if (!ReferenceEquals(text, _texts[c]))
            {
                _inputs[c].StringTensorSetElementAt(text.AsSpan(), 0);
                _texts[c] = text;
            }
        }

        session.RunWithBinding(options, _binding);
        _outputs.CopyTo(output);
    }

    public void Dispose()
    {
        _binding.Dispose();
        _output.Dispose();
        foreach (var input in _inputs)
        {
            input.Dispose();
        }
    }
}
