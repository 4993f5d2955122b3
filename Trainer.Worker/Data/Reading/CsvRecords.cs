using System.Text;
using CsvHelper;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// The records of a CSV file, strictly as RFC 4180 has them: a delimiter between fields, quotes around fields with delimiters, quotes
/// (doubled) or line breaks. A byte order mark is ignored; CRLF, LF and a missing last line break are one; blank lines are
/// passed over. Anything else (a stray quote, an unclosed one, a ragged line) is an <see cref="InvalidInputException"/>.
/// </summary>
internal sealed class CsvRecords : IDisposable
{
    // A field with an unclosed quote would otherwise take the rest of the file into memory.
    public const int LongestRecord = 4 * 1024 * 1024;

    private readonly CsvReader _reader;
    private CsvMalformedRecord? _malformed;
    private char[] _chars = new char[256];

    public CsvRecords(string path, char delimiter)
    {
        _reader = CsvReader.FromFile(path, new CsvReaderOptions
        {
            Separator = delimiter,
            // The header is read as a record like any other, so that its faults are told the same way.
            HasHeader = false,
            TrackLineNumbers = true,
            MaxRecordSize = LongestRecord,
            OnMalformedRecord = record => _malformed ??= record,
        });
        if (!Advance())
        {
            throw new InvalidInputException("The data has no header line; expected column names.");
        }

        HeaderLine = _reader.LineNumber;
        Header = [.. Enumerable.Range(0, _reader.FieldCount).Select(_reader.GetString)];
        CheckHeader();
    }

    /// <summary>The column names.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>The line, from 1, where the header starts: blank ones may come before it.</summary>
    public long HeaderLine { get; }

    /// <summary>The line, from 1, where the current record starts.</summary>
    public long Line => _reader.LineNumber;

    /// <summary>Moves to the next record; false at the end of the file.</summary>
    public bool Read()
    {
        if (!Advance())
        {
            return false;
        }

        return _reader.FieldCount == Header.Count
            ? true
            : throw new InvalidInputException(
                $"Line {Line}: expected {Header.Count} fields as in the header, found {_reader.FieldCount}. "
                + "Correct the line; a value with the delimiter inside needs quotes around it.");
    }

    /// <summary>A field of the current record; valid until the next call of this method.</summary>
    public ReadOnlySpan<char> Field(int index)
    {
        var bytes = _reader.GetSpan(index);
        if (_chars.Length < bytes.Length)
        {
            _chars = new char[bytes.Length * 2];
        }

        return _chars.AsSpan(0, Encoding.UTF8.GetChars(bytes, _chars));
    }

    public void Dispose() => _reader.Dispose();

    private bool Advance()
    {
        bool found;
        try
        {
            found = _reader.Read();
        }
        catch (CsvFormatException e)
        {
            throw new InvalidInputException(
                $"Line {e.LineNumber}: a record longer than {LongestRecord / (1024 * 1024)} MB; a quote is probably not closed. ({e.Message})");
        }

        return _malformed is null ? found : throw Malformed(_malformed.Value);
    }

    private void CheckHeader()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Header.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Header[i]))
            {
                throw new InvalidInputException($"Line {Line}: the name of column {i + 1} is empty; give every column a name.");
            }

            if (!seen.Add(Header[i]))
            {
                throw new InvalidInputException($"Line {Line}: two columns are named '{Header[i]}'; rename one of them.");
            }
        }
    }

    private static InvalidInputException Malformed(CsvMalformedRecord record) => new(record.Reason switch
    {
        CsvMalformedReason.UnterminatedQuote => $"Line {record.LineNumber}: a quote is opened and never closed; close it.",
        CsvMalformedReason.StrayQuote =>
            $"Line {record.LineNumber}: a quote inside a value without quotes; put quotes around the value and double those in it.",
        CsvMalformedReason.TextAfterClosingQuote =>
            $"Line {record.LineNumber}: text after a closing quote; double the quotes that belong to the value.",
        var other => $"Line {record.LineNumber}: not valid CSV ({other}).",
    });
}
