using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// How a version's outputs become an answer. The body is always valid JSON: an output that is no number (a foreign graph may
/// give NaN) is <c>null</c>, and where no class has a number, <c>prediction</c> and <c>label</c> are <c>null</c> too.
/// Immutable; any number of threads.
/// </summary>
internal sealed class AnswerFormat
{
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);
    private static readonly JsonEncodedText Prediction = JsonEncodedText.Encode("prediction");
    private static readonly JsonEncodedText Predictions = JsonEncodedText.Encode("predictions");
    private static readonly JsonEncodedText Label = JsonEncodedText.Encode("label");
    private static readonly JsonEncodedText Probabilities = JsonEncodedText.Encode("probabilities");
    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model");
    private static readonly JsonEncodedText VersionName = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");

    private readonly JsonEncodedText[]? _labels;
    private readonly JsonEncodedText _model;
    private readonly int _version;

    public AnswerFormat(Manifest manifest)
    {
        Classes = manifest.Signature.Output.Kind == OutputKind.Classes ? manifest.Signature.Output.Classes : null;
        _labels = Classes is null ? null : [.. Classes.Select(c => JsonEncodedText.Encode(c, Encoder))];
        _model = JsonEncodedText.Encode(manifest.Model);
        _version = manifest.Version;
        Model = manifest.Model;
        ModelAndVersion = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"\"model\":\"{_model}\",\"version\":{_version}"));
    }

    public string Model { get; }

    public int Version => _version;

    /// <summary>The members <c>model</c> and <c>version</c> of a JSON answer.</summary>
    public byte[] ModelAndVersion { get; }

    /// <summary>The labels by class index; null for a regression.</summary>
    public IReadOnlyList<string>? Classes { get; }

    /// <summary>Writes the answer to one row, or to many.</summary>
    public void Write(Utf8JsonWriter writer, bool many, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        if (!many)
        {
            WriteOne(writer, outputs, ids[0]);
            return;
        }

        var width = outputs.Length / ids.Length;
        writer.WriteStartObject();
        writer.WriteStartArray(Predictions);
        for (var row = 0; row < ids.Length; row++)
        {
            WriteElement(writer, outputs.Slice(row * width, width), ids[row]);
        }

        writer.WriteEndArray();
        WriteModel(writer);
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>Writes the answer to a request of one row.</summary>
    public void WriteOne(Utf8JsonWriter writer, ReadOnlySpan<float> outputs, Guid id)
    {
        writer.WriteStartObject();
        WriteRow(writer, outputs);
        WriteModel(writer);
        writer.WriteString(Id, id);
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>Writes a row as it stands in the answer to many.</summary>
    public void WriteListed(Utf8JsonWriter writer, ReadOnlySpan<float> outputs, Guid id)
    {
        WriteElement(writer, outputs, id);
        writer.Flush();
    }

    /// <summary>Writes the label alone; <c>null</c> where no class has a number.</summary>
    public void WriteLabel(Utf8JsonWriter writer, ReadOnlySpan<float> outputs)
    {
        var best = ClassIndex.Best(outputs);
        if (best >= 0)
        {
            writer.WriteStringValue(_labels![best]);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>Writes a number of an answer; <c>null</c> where it is none.</summary>
    public static void WriteNumberValue(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private void WriteElement(Utf8JsonWriter writer, ReadOnlySpan<float> outputs, Guid id)
    {
        writer.WriteStartObject();
        WriteRow(writer, outputs);
        writer.WriteString(Id, id);
        writer.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter writer)
    {
        writer.WriteString(ModelName, _model);
        writer.WriteNumber(VersionName, _version);
    }

    private void WriteRow(Utf8JsonWriter writer, ReadOnlySpan<float> outputs)
    {
        if (_labels is not { } labels)
        {
            WriteNumber(writer, Prediction, outputs[0]);
            return;
        }

        var best = ClassIndex.Best(outputs);
        if (best >= 0)
        {
            writer.WriteNumber(Prediction, best);
            writer.WriteString(Label, labels[best]);
        }
        else
        {
            writer.WriteNull(Prediction);
            writer.WriteNull(Label);
        }

        writer.WriteStartObject(Probabilities);
        for (var k = 0; k < labels.Length; k++)
        {
            WriteNumber(writer, labels[k], outputs[k]);
        }

        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, JsonEncodedText name, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumber(name, value);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
