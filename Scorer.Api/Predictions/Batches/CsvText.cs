using System.Buffers;
using System.Text;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>Texts as CSV fields.</summary>
internal static class CsvText
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <summary>The field in UTF-8, in quotes where it needs them (RFC 4180).</summary>
    public static byte[] Escape(string text) => Encoding.UTF8.GetBytes(
        text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text);
}
