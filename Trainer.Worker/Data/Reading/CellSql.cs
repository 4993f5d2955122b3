using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// What <see cref="CellText"/> says of a cell, in SQL, and the form that numbers have where the schema declares another than
/// the usual: a decimal comma, a thousands separator. Nothing of that is ever guessed.
/// </summary>
internal sealed class CellSql
{
    private const string WhiteSpace = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)";

    private static readonly string MissingList =
        string.Join(", ", CellText.MissingTexts.Select(t => DuckSession.Literal(t.ToLowerInvariant())));

    private readonly char _decimal;
    private readonly char? _thousands;

    /// <summary>Throws <see cref="InvalidInputException"/> for a form that is none.</summary>
    public CellSql(DatasetSchema schema)
    {
        _decimal = One(schema.DecimalSign, "decimal", ".,") ?? '.';
        _thousands = One(schema.Thousands, "thousands", ".,' _\u00A0");
        if (_thousands == _decimal)
        {
            throw new InvalidInputException($"'decimal' and 'thousands' are both '{_decimal}'; they must differ.");
        }
    }

    /// <summary>The schema as a source without any has it.</summary>
    public static CellSql Usual { get; } = new(new DatasetSchema());

    /// <summary>True where the value is missing.</summary>
    // Most texts are told apart by their first character; trimming and comparing costs far more.
    public static string IsMissing(string value) =>
        $"({value} IS NULL OR (({value} < '!' OR {MayStart(value)} OR {value} >= chr(160)) AND lower(trim({value}, {WhiteSpace})) IN ({MissingList})))";

    private static string MayStart(string value) => string.Join(" OR ", CellText.MissingTexts
        .Where(t => t.Length > 0)
        .SelectMany(t => new[] { char.ToUpperInvariant(t[0]), char.ToLowerInvariant(t[0]) })
        .Distinct()
        .Select(c => $"({value} >= '{c}' AND {value} < '{(char)(c + 1)}')"));

    /// <summary>
    /// A cast to be named, and to be asked by <see cref="IsNumber(string, string)"/>. Whatever is a number starts with white space, a
    /// sign, a point or a digit, all before the colon; a cast that fails costs ten times one that does not.
    /// </summary>
    public string Cast(string value) => $"CASE WHEN {value} < ':' THEN try_cast({Plain(value)} AS FLOAT) END";

    /// <summary>True where the value is a number, its cast being <paramref name="cast"/>; never NULL.</summary>
    // DuckDB takes 1_000 for a thousand.
    public string IsNumber(string value, string cast) =>
        $"({cast} IS NOT NULL AND isfinite({cast}) AND NOT contains({(_thousands == '_' ? "''" : value)}, '_'))";

    /// <summary>The value where it is not missing, else NULL.</summary>
    public static string Text(string value) => $"CASE WHEN NOT {IsMissing(value)} THEN {value} END";

    /// <summary>The same of a cell in memory: false when it is neither missing nor a number.</summary>
    public bool IsNumber(ReadOnlySpan<char> cell)
    {
        if (_decimal == '.' && _thousands is null)
        {
            return CellText.TryParseNumber(cell, out _);
        }

        var plain = cell.ToString();
        plain = _thousands is { } separator ? plain.Replace(separator.ToString(), "", StringComparison.Ordinal) : plain;
        return !(_decimal == ',' && plain.Contains('.', StringComparison.Ordinal)) && CellText.TryParseNumber(plain.Replace(_decimal, '.'), out _);
    }

    private string Plain(string value)
    {
        if (_thousands is { } separator)
        {
            value = $"replace({value}, {DuckSession.Literal(separator.ToString())}, '')";
        }

        // A point that is not declared makes it no number.
        return _decimal == ',' ? $"replace(replace({value}, '.', '#'), ',', '.')" : value;
    }

    private static char? One(string? text, string part, string allowed) => text is null
        ? null
        : text.Length == 1 && allowed.Contains(text[0], StringComparison.Ordinal)
            ? text[0]
            : throw new InvalidInputException($"'{part}' is one of the characters \"{allowed}\"; found '{text}'.");
}
