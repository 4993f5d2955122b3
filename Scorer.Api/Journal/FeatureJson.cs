using System.Buffers;
using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Journal;

/// <summary>The inputs of a row as a JSON object by column name; a missing value is <c>null</c>. One thread at a time.</summary>
internal sealed class FeatureJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly Utf8JsonWriter _writer;

    public FeatureJson() => _writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });

    /// <summary>The row's JSON, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Write(ScoredRows rows, int row)
    {
        _buffer.ResetWrittenCount();
        _writer.Reset(_buffer);
        _writer.WriteStartObject();
        int number = 0, text = 0;
        foreach (var column in rows.Inputs)
        {
            if (column.Type == ColumnType.Number)
            {
                WriteNumber(column.Name, rows.Number(number++, row));
            }
            else
            {
                WriteText(column.Name, rows.Text(text++, row));
            }
        }

        _writer.WriteEndObject();
        _writer.Flush();
        return _buffer.WrittenMemory;
    }

    public void Dispose() => _writer.Dispose();

    private void WriteNumber(string name, float value)
    {
        if (float.IsNaN(value))
        {
            _writer.WriteNull(name);
        }
        else
        {
            _writer.WriteNumber(name, value);
        }
    }

    private void WriteText(string name, string value)
    {
        if (value.Length == 0)
        {
            _writer.WriteNull(name);
        }
        else
        {
            _writer.WriteString(name, value);
        }
    }
}
