using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Database;

namespace Analytics.Trainer.Worker.Data;

/// <summary>What is known of a data set beside its rows (<c>datasets/{name}/schema.json</c>); each part may be null: not said.</summary>
/// <param name="Label">The label column.</param>
/// <param name="Include">The only columns to use.</param>
/// <param name="Exclude">Columns to leave out.</param>
/// <param name="Classes">The classes in their declared order.</param>
/// <param name="Text">Columns whose values are names even where they look like numbers.</param>
/// <param name="Target">Whether the label is classes or a number; inferred where it is not said (<see cref="TargetReading"/>).</param>
public sealed record DatasetSchema(
    string? Label = null,
    IReadOnlyList<string>? Include = null,
    IReadOnlyList<string>? Exclude = null,
    IReadOnlyList<string>? Classes = null,
    IReadOnlyList<string>? Text = null,
    TargetKind? Target = null)
{
    /// <summary>Columns that are numbers: any text in them is a fault, however many there are.</summary>
    public IReadOnlyList<string>? Number { get; init; }

    /// <summary>Columns of true and false; <c>1</c> and <c>0</c> count too where it is said.</summary>
    public IReadOnlyList<string>? Boolean { get; init; }

    /// <summary>Columns of dates or timestamps: any other text in them is a fault, however many there are.</summary>
    public IReadOnlyList<string>? Date { get; init; }

    /// <summary>
    /// The form of the dates in <see cref="Date"/> where it is not ISO 8601, as <c>%d.%m.%Y</c> or <c>%m/%d/%y %H:%M</c>.
    /// </summary>
    public string? DateFormat { get; init; }

    /// <summary>Texts that mean a missing value beside the usual ones, as <c>-999</c>.</summary>
    public IReadOnlyList<string>? Missing { get; init; }

    /// <summary>How rows are held out; as at the first training where it is not said.</summary>
    public SplitChoice? Split { get; init; }

    /// <summary>What separates a CSV file's columns, one character; found out where it is not said.</summary>
    public string? Delimiter { get; init; }

    /// <summary>The decimal sign of the data's numbers, <c>.</c> or <c>,</c>; a point where it is not said, never guessed.</summary>
    [JsonPropertyName("decimal")]
    public string? DecimalSign { get; init; }

    /// <summary>What stands between thousands in the data's numbers; nothing where it is not said, never guessed.</summary>
    public string? Thousands { get; init; }

    /// <summary>Members that are none of ours.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Each part as the other says it, else as this one; a column's type is the other's wherever it names the column.</summary>
    public DatasetSchema OverriddenBy(DatasetSchema other)
    {
        ArgumentNullException.ThrowIfNull(other);
        HashSet<string> typed = [.. other.Text ?? [], .. other.Number ?? [], .. other.Boolean ?? [], .. other.Date ?? []];
        IReadOnlyList<string>? Kept(IReadOnlyList<string>? theirs, IReadOnlyList<string>? ours) =>
            theirs ?? (ours is null ? null : [.. ours.Where(c => !typed.Contains(c))]);
        return this with
        {
            Label = other.Label ?? Label,
            Include = other.Include ?? Include,
            Exclude = other.Exclude ?? Exclude,
            // The classes are those of this label.
            Classes = other.Classes ?? (other.Label is null || other.Label == Label ? Classes : null),
            Target = other.Target ?? Target,
            Text = Kept(other.Text, Text),
            Number = Kept(other.Number, Number),
            Boolean = Kept(other.Boolean, Boolean),
            Date = Kept(other.Date, Date),
            DateFormat = other.DateFormat ?? DateFormat,
            Missing = other.Missing ?? Missing,
            Split = other.Split ?? Split,
            Delimiter = other.Delimiter ?? Delimiter,
            DecimalSign = other.DecimalSign ?? DecimalSign,
            Thousands = other.Thousands ?? Thousands,
        };
    }
}
