using System.Text.Json.Serialization;

namespace Analytics.Registry.Models;

/// <summary>What a model takes and gives: the ordered input columns and the output.</summary>
/// <param name="Inputs">The input columns in the order of the positional form.</param>
/// <param name="Output">The output.</param>
public sealed record Signature(IReadOnlyList<InputColumn> Inputs, SignatureOutput Output);

/// <summary>One input column; the ONNX graph has one input of the same name and shape [N, 1], or one for each of a date's parts.</summary>
/// <param name="Name">The column's name, exactly as in the training data's header.</param>
/// <param name="Type">
/// Number or boolean (float32 in the graph, true as 1, NaN for missing), text (string, <c>""</c> for missing), date or timestamp.
/// </param>
/// <param name="Required">True when a missing value is refused: the training data had none in this column.</param>
/// <param name="Categories">For a text column, the values seen in training, in ordinal order; any other value is "unseen".</param>
public sealed record InputColumn(string Name, ColumnType Type, bool Required, IReadOnlyList<string>? Categories = null)
{
    /// <summary>
    /// For a date or timestamp, the parts that the graph sees (<see cref="DateParts"/>), each the float32 input
    /// <c>{name}.{part}</c>; null for other columns.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Parts { get; init; }
}

/// <summary>The output of a model.</summary>
/// <param name="Name">The label column's name.</param>
/// <param name="Kind">Classes (label and probabilities) or a number.</param>
/// <param name="Classes">For classes: the labels in the declared order; a prediction is an index into this list.</param>
public sealed record SignatureOutput(string Name, OutputKind Kind, IReadOnlyList<string>? Classes = null);

/// <summary>The type of an input column.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ColumnType>))]
public enum ColumnType
{
    /// <summary>A float32.</summary>
    [JsonStringEnumMemberName("number")]
    Number,

    /// <summary>A text, treated as a category.</summary>
    [JsonStringEnumMemberName("text")]
    Text,

    /// <summary>True or false.</summary>
    [JsonStringEnumMemberName("boolean")]
    Boolean,

    /// <summary>A day (<see cref="DateText"/>).</summary>
    [JsonStringEnumMemberName("date")]
    Date,

    /// <summary>A day and a time of day (<see cref="DateText"/>).</summary>
    [JsonStringEnumMemberName("timestamp")]
    Timestamp,
}

/// <summary>What the types of columns have in common.</summary>
public static class ColumnTypes
{
    /// <summary>True for what is a float32 in a row and in the graph; the others are texts in a row.</summary>
    public static bool IsNumeric(this ColumnType type) => type is ColumnType.Number or ColumnType.Boolean;

    /// <summary>True for what the graph sees the parts of.</summary>
    public static bool IsDate(this ColumnType type) => type is ColumnType.Date or ColumnType.Timestamp;
}

/// <summary>The kind of an output.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutputKind>))]
public enum OutputKind
{
    /// <summary>One of the signature's classes, with a probability for each.</summary>
    [JsonStringEnumMemberName("classes")]
    Classes,

    /// <summary>A number (regression).</summary>
    [JsonStringEnumMemberName("number")]
    Number,
}
