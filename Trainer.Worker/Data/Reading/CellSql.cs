using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// What <see cref="CellText"/> says of a cell, in SQL, and the form that numbers have where the schema declares another than
/// the usual: a decimal comma, a thousands separator. Nothing of that is ever guessed.
/// </summary>
internal sealed class CellSql
{
    private const string WhiteSpace = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)";

    // DateText's form; whether the calendar has the day, the cast says.
    private const string IsoForm =
        @"(\d{4}-\d{2}-\d{2})([Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?([Zz]|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?";

    private readonly char _decimal;
    private readonly char? _thousands;
    private readonly string? _dateFormat;
    private readonly string[] _missing;
    private readonly bool _numberIsMissing; // As -999 may be declared to be.
    private readonly string _missingList;
    private readonly string _missingStarts;

    /// <summary>Throws <see cref="InvalidInputException"/> for a form that is none.</summary>
    public CellSql(DatasetSchema schema)
    {
        _decimal = One(schema.DecimalSign, "decimal", ".,") ?? '.';
        _thousands = One(schema.Thousands, "thousands", ".,' _\u00A0");
        if (_thousands == _decimal)
        {
            throw new InvalidInputException($"'decimal' and 'thousands' are both '{_decimal}'; they must differ.");
        }

        _dateFormat = schema.DateFormat is { } format ? DateForm(format) : null;
        _missing = [.. (schema.Missing ?? []).Select(m => m.Trim().ToLowerInvariant())];
        _numberIsMissing = Array.Exists(_missing, m => string.CompareOrdinal(m, ":") < 0);
        string[] all = [.. CellText.MissingTexts.Select(m => m.ToLowerInvariant()).Concat(_missing).Distinct()];
        _missingList = string.Join(", ", all.Select(DuckSession.Literal));
        _missingStarts = string.Concat(all.Where(t => t.Length > 0).SelectMany(t => new[] { char.ToUpperInvariant(t[0]), t[0] }).Distinct());
    }

    /// <summary>The schema as a source without any has it.</summary>
    public static CellSql Usual { get; } = new(new DatasetSchema());

    /// <summary>True where the value is missing.</summary>
    // Most texts are told apart by their first character; trimming and comparing costs far more.
    public string IsMissing(string value) =>
        $"({value} IS NULL OR (({value} < '!' OR {StartsWithOneOf(value, _missingStarts)} OR {value} >= chr(160)) "
        + $"AND lower(trim({value}, {WhiteSpace})) IN ({_missingList})))";

    /// <summary>The same of a cell in memory.</summary>
    public bool IsMissing(ReadOnlySpan<char> cell) =>
        CellText.IsMissing(cell) || (_missing.Length > 0 && _missing.Contains(cell.Trim().ToString().ToLowerInvariant()));

    /// <summary>
    /// A cast to be named, and to be asked by <see cref="IsNumber(string, string)"/>. Whatever is a number starts with white space, a
    /// sign, a point or a digit, all before the colon; a cast that fails costs ten times one that does not.
    /// </summary>
    public string Cast(string value) => $"CASE WHEN {value} < ':' THEN try_cast({Plain(value)} AS FLOAT) END";

    /// <summary>True where the value is a number, its cast being <paramref name="cast"/>; never NULL.</summary>
    // DuckDB takes 1_000 for a thousand.
    public string IsNumber(string value, string cast) =>
        $"({cast} IS NOT NULL AND isfinite({cast}) AND NOT contains({(_thousands == '_' ? "''" : value)}, '_'){(_numberIsMissing ? $" AND NOT {IsMissing(value)}" : "")})";

    /// <summary>True where the value is a date as <see cref="DateText"/> has it; never NULL.</summary>
    // Nearly every text has no such hyphens, and the rest is costly. An AND outside a WHERE works out both its sides, a CASE only the one it needs.
    public static string IsDate(string value) =>
        $"CASE WHEN {value} LIKE '%____-__-__%' THEN regexp_full_match(trim({value}, {WhiteSpace}), '{IsoForm}') AND {value} NOT LIKE '%0000-%' "
        + $"AND try_cast(left(trim({value}, {WhiteSpace}), 10) AS DATE) IS NOT NULL ELSE false END";

    /// <summary>True where the value of a column that was declared to be of dates is one; never NULL.</summary>
    public string IsDeclaredDate(string value) => _dateFormat is null
        ? IsDate(value)
        : $"coalesce(try_strptime(trim({value}, {WhiteSpace}), {DuckSession.Literal(_dateFormat)}) IS NOT NULL, false)";

    /// <summary>The value of a column that was declared to be of dates as <see cref="DateText"/> has it.</summary>
    public string DeclaredDate(string value) => _dateFormat is null
        ? value
        : $"strftime(try_strptime(trim({value}, {WhiteSpace}), {DuckSession.Literal(_dateFormat)}), '%Y-%m-%dT%H:%M:%S')";

    /// <summary>True where a date has a time of day beside midnight.</summary>
    public static string HasTime(string value) => $"NOT regexp_full_match(trim({value}, {WhiteSpace}), '.{{10}}([Tt ]00:00(:00([.]0+)?)?[Zz]?)?')";

    /// <summary>True where the value is <c>true</c> or <c>false</c>, or 1 or 0 where the column was declared; never NULL.</summary>
    public static string IsBoolean(string value, bool declared = false) =>
        $"CASE WHEN {value} < '!' OR {StartsWithOneOf(value, declared ? "tTfF10" : "tTfF")} OR {value} >= chr(160) "
        + $"THEN lower(trim({value}, {WhiteSpace})) IN ('true', 'false'{(declared ? ", '1', '0'" : "")}) ELSE false END";

    /// <summary>1 for true, 0 for false, NaN for anything else; 1 and 0 count where the column was declared to be of booleans.</summary>
    public static string Boolean(string value) =>
        $"CASE lower(trim({value}, {WhiteSpace})) WHEN 'true' THEN 1 WHEN '1' THEN 1 WHEN 'false' THEN 0 WHEN '0' THEN 0 ELSE 'NaN'::FLOAT END::FLOAT";

    /// <summary>The value where it is not missing, else NULL.</summary>
    public string Text(string value) => $"CASE WHEN NOT {IsMissing(value)} THEN {value} END";

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

    private static string StartsWithOneOf(string value, string characters) => string.Join(
        " OR ", characters.Select(c => $"({value} >= {DuckSession.Literal($"{c}")} AND {value} < {DuckSession.Literal($"{(char)(c + 1)}")})"));

    private string Plain(string value)
    {
        if (_thousands is { } separator)
        {
            value = $"replace({value}, {DuckSession.Literal(separator.ToString())}, '')";
        }

        // A point that is not declared makes it no number.
        return _decimal == ',' ? $"replace(replace({value}, '.', '#'), ',', '.')" : value;
    }

    // Only what is a whole date, and nothing whose meaning depends on a language.
    private static string DateForm(string format)
    {
        var signs = format.Split('%').Skip(1).Select(s => s.Length == 0 ? '%' : s[0]).ToList();
        return signs.TrueForAll(s => "YymdHMS".Contains(s, StringComparison.Ordinal)) && signs.Distinct().Count() == signs.Count
            && signs.Contains('m') && signs.Contains('d') && signs.Contains('Y') != signs.Contains('y')
            ? format
            : throw new InvalidInputException(
                "'dateFormat' is made of %Y (or %y), %m and %d, and %H, %M and %S for a time, each once, with what stands between them, as "
                + $"'%d.%m.%Y'; found '{format}'.");
    }

    private static char? One(string? text, string part, string allowed) => text is null
        ? null
        : text.Length == 1 && allowed.Contains(text[0], StringComparison.Ordinal)
            ? text[0]
            : throw new InvalidInputException($"'{part}' is one of the characters \"{allowed}\"; found '{text}'.");
}
