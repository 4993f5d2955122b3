using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>
/// Rows as CSV with a header (RFC 4180: commas, double quotes, LF or CRLF). The header names columns of the signature in any order,
/// required ones all. A cell is what it was in training: <c>NA</c> and blanks are missing, a number is decimal with a point.
/// Where the header is optional, a first line that names all columns, or nothing but columns and the required ones among them, is one,
/// and may name further columns, which are ignored; any other first line is a row in the signature's order.
/// </summary>
internal sealed class CsvRowReader(ColumnTable columns, bool headerIsOptional = false) : IRowReader
{
    private const int StackCharacters = 256;

    private int[]? _header; // The column of each field; null before the header.

    public bool IsQuoted => true;

    public bool IsHopeless => _header is null;

    public ScoringProblem? Read(ReadOnlySpan<byte> record, long line, RequestWork work)
    {
        if (_header is null)
        {
            if (line == 1 && record.StartsWith("\uFEFF"u8))
            {
                record = record[3..];
            }

            if (!headerIsOptional || IsHeader(record))
            {
                return ReadHeader(record);
            }

            _header = [.. Enumerable.Range(0, columns.Count)];
        }

        if (record.IsEmpty)
        {
            return null;
        }

        var row = work.Batch.AddRow();
        var problem = ReadRow(record, row, work);
        if (problem is null)
        {
            return null;
        }

        work.DropLastRow();
        return problem with { Line = line };
    }

    public ScoringProblem? FindProblemAtEnd(bool anyRow) =>
        _header is null && headerIsOptional ? ScoringProblem.Body("at least one row", "nothing: the body is empty")
        : _header is null ? HeaderProblem($"a header with the columns {columns.Names()}", "nothing: the body is empty")
        : anyRow ? null
        : ScoringProblem.Body("at least one row below the header", "none");

    private bool IsHeader(ReadOnlySpan<byte> record)
    {
        var (names, others) = (0, 0);
        var seen = new bool[columns.Count];
        var fields = new CsvFields(record);
        while (fields.MoveNext())
        {
            var column = fields.IsBroken ? -1 : columns.Find(fields.Current.Trim(" \t"u8), names);
            if (column < 0)
            {
                others++;
                continue;
            }

            names++;
            seen[column] = true;
        }

        return names > 0 && (seen.All(s => s) || (others == 0 && !columns.HasRequiredOther(seen)));
    }

    private ScoringProblem? ReadHeader(ReadOnlySpan<byte> record)
    {
        if (record.Contains((byte)0))
        {
            return HeaderProblem("text in UTF-8", "bytes that are zero, as UTF-16 has them");
        }

        var header = new List<int>();
        var seen = new bool[columns.Count];
        var fields = new CsvFields(record);
        while (fields.MoveNext())
        {
            var name = fields.Current.Trim(" \t"u8);
            var column = fields.IsBroken ? -1 : columns.Find(name, header.Count);
            if (column < 0 && headerIsOptional)
            {
                header.Add(-1);
                continue;
            }

            if (column < 0)
            {
                return HeaderProblem($"a header with the columns {columns.Names()}", $"'{FoundText.Show(name)}', which the model does not have");
            }

            if (seen[column])
            {
                return HeaderProblem("each column once", $"'{columns[column].Name}' twice");
            }

            seen[column] = true;
            header.Add(column);
        }

        for (var c = 0; c < columns.Count; c++)
        {
            if (columns[c].Required && !seen[c])
            {
                return HeaderProblem($"the column '{columns[c].Name}', which is required", "a header without it");
            }
        }

        _header = [.. header];
        return null;
    }

    private ScoringProblem? ReadRow(ReadOnlySpan<byte> record, int row, RequestWork work)
    {
        var count = 0;
        var fields = new CsvFields(record);
        while (fields.MoveNext())
        {
            if (fields.IsBroken)
            {
                return ScoringProblem.Cell(
                    work.FirstRow + row, count < _header!.Length && _header[count] >= 0 ? columns[_header[count]].Name : null,
                    "double quotes around the whole field, those within it doubled", $"a quote at another place, in '{FoundText.Show(fields.Current)}'");
            }

            if (count < _header!.Length && _header[count] >= 0 && ReadCell(fields.Current, row, _header[count], work) is { } problem)
            {
                return problem;
            }

            count++;
        }

        return count == _header!.Length
            ? null
            : ScoringProblem.Cell(
                work.FirstRow + row, null, $"{_header.Length} fields{(headerIsOptional ? "" : ", as the header has")}", $"{count} field{(count == 1 ? "" : "s")}");
    }

    private ScoringProblem? ReadCell(ReadOnlySpan<byte> field, int row, int column, RequestWork work)
    {
        var input = columns[column];
        var trimmed = field.Trim(" \t"u8);
        if (trimmed.IsEmpty || Ascii.EqualsIgnoreCase(trimmed, "NA"u8))
        {
            return input.Required
                ? ScoringProblem.Cell(
                    work.FirstRow + row, input.Name, $"a {CellReader.TypeName(input.Type)}, for the column is required",
                    $"\"{FoundText.Show(trimmed)}\" (missing)")
                : null; // A new row is all missing.
        }

        return input.Type switch
        {
            ColumnType.Number => ReadNumber(trimmed, row, column, work),
            ColumnType.Boolean => ReadBoolean(trimmed, row, column, work),
            ColumnType.Text => ReadText(field, row, column, work),
            _ => ReadText(trimmed, row, column, work),
        };
    }

    private ScoringProblem? ReadNumber(ReadOnlySpan<byte> field, int row, int column, RequestWork work)
    {
        if (!Utf8Parser.TryParse(field, out float value, out var consumed) || consumed != field.Length || float.IsNaN(value))
        {
            return ScoringProblem.Cell(work.FirstRow + row, columns[column].Name, "a number", $"the text \"{FoundText.Show(field)}\"");
        }

        if (!float.IsFinite(value))
        {
            return ScoringProblem.Cell(
                work.FirstRow + row, columns[column].Name, "a number within float32's range (±3.4028235e38)", $"the number {FoundText.Show(field)}");
        }

        work.Batch.SetNumber(row, column, value);
        return null;
    }

    private ScoringProblem? ReadBoolean(ReadOnlySpan<byte> field, int row, int column, RequestWork work)
    {
        var isTrue = Ascii.EqualsIgnoreCase(field, "true"u8);
        if (!isTrue && !Ascii.EqualsIgnoreCase(field, "false"u8))
        {
            return ScoringProblem.Cell(
                work.FirstRow + row, columns[column].Name, CellReader.Expected(ColumnType.Boolean), $"the text \"{FoundText.Show(field)}\"");
        }

        work.Batch.SetNumber(row, column, isTrue ? 1 : 0);
        return null;
    }

    private ScoringProblem? ReadText(ReadOnlySpan<byte> field, int row, int column, RequestWork work)
    {
        // UTF-16 never has more units than UTF-8 has bytes.
        Span<char> text = field.Length <= StackCharacters ? stackalloc char[StackCharacters] : new char[field.Length];
        return Utf8.ToUtf16(field, text, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done
            ? CellReader.SetText(work, row, column, text[..length])
            : ScoringProblem.Cell(
                work.FirstRow + row, columns[column].Name, "text in UTF-8", $"the text \"{FoundText.Show(field)}\", which has broken UTF-8");
    }

    private static ScoringProblem HeaderProblem(string expected, string found) =>
        new(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"The header: expected {expected}, found {found}."))
        {
            Expected = expected,
            Found = found,
            Line = 1,
        };
}
