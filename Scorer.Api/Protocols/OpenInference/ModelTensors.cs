using System.Runtime.CompilerServices;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Serving;
using Google.Protobuf;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>
/// A version's tensors: an input for each column of the signature, and the outputs <c>prediction</c> (a class's index, or the number),
/// <c>label</c> and <c>probabilities</c> (of classes) and <c>id</c> (the row's key in the history, for feedback).
/// Immutable; any number of threads.
/// </summary>
internal sealed class ModelTensors
{
    public const string Platform = "onnx";

    private static readonly ConditionalWeakTable<Servable, ModelTensors> Known = [];
    private static readonly string[] OutputNames = ["prediction", "label", "probabilities", "id"];

    private ModelTensors(Servable servable)
    {
        var classes = servable.Answer.Classes;
        IsClassifier = classes is not null;
        AllNumbers = servable.Signature.Inputs.All(i => i.Type == ColumnType.Number);
        Inputs = [.. servable.Signature.Inputs.Select(i => new TensorForm(
            i.Name, TensorTypes.Of(i.Type), 1))];
        Outputs = IsClassifier
            ? [Output.Prediction, Output.Label, Output.Probabilities, Output.Id]
            : [Output.Prediction, Output.Id];
        OutputForms = [.. Outputs.Select(o => new TensorForm(
            NameOf(o),
            o switch
            {
                Output.Prediction => IsClassifier ? TensorType.Int64 : TensorType.Fp32,
                Output.Probabilities => TensorType.Fp32,
                _ => TensorType.Bytes,
            },
            o == Output.Probabilities ? classes!.Count : null))];
        Labels = classes is null ? [] : [.. classes.Select(ByteString.CopyFromUtf8)];
        Version = servable.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Model = JsonEncodedText.Encode(servable.Model);
    }

    /// <summary>An output.</summary>
    public enum Output
    {
        Prediction,
        Label,
        Probabilities,
        Id,
    }

    public bool IsClassifier { get; }

    /// <summary>True when the model may be asked with one matrix of all its columns.</summary>
    public bool AllNumbers { get; }

    /// <summary>The inputs in the signature's order.</summary>
    public IReadOnlyList<TensorForm> Inputs { get; }

    /// <summary>The outputs in the order in which they are given when none is asked for.</summary>
    public IReadOnlyList<Output> Outputs { get; }

    public IReadOnlyList<TensorForm> OutputForms { get; }

    /// <summary>The labels in UTF-8.</summary>
    public IReadOnlyList<ByteString> Labels { get; }

    public string Version { get; }

    public JsonEncodedText Model { get; }

    public static ModelTensors Of(Servable servable) => Known.GetValue(servable, s => new ModelTensors(s));

    public static string NameOf(Output output) => OutputNames[(int)output];

    /// <summary>The place of an output among this model's, or -1.</summary>
    public int FindOutput(string? name)
    {
        for (var i = 0; i < Outputs.Count; i++)
        {
            if (NameOf(Outputs[i]) == name)
            {
                return i;
            }
        }

        return -1;
    }

    public string OutputList() => string.Join(", ", Outputs.Select(NameOf));
}

/// <summary>A tensor as the metadata describe it; its first dimension is the number of rows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its datatype.</param>
/// <param name="Width">The second dimension; null where there is none.</param>
internal sealed record TensorForm(string Name, TensorType Type, int? Width)
{
    /// <summary>The shape for a number of rows; -1 for any.</summary>
    public IEnumerable<long> Shape(long rows) => Width is { } width ? [rows, width] : [rows];
}
