using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>How a problem document shows what came: short, whatever was sent, and without control characters.</summary>
internal static class FoundText
{
    private const int MaxCharacters = 100;

    /// <summary>The text, cut after 100 characters, control characters and halves of surrogate pairs replaced.</summary>
    public static string Show(ReadOnlySpan<char> text)
    {
        var cut = text.Length > MaxCharacters;
        var shown = new StringBuilder(Math.Min(text.Length, MaxCharacters) + 1);
        foreach (var rune in text[..Math.Min(text.Length, MaxCharacters)].EnumerateRunes())
        {
            shown.Append(Rune.IsControl(rune) ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return cut ? shown.Append('…').ToString() : shown.ToString();
    }

    /// <summary>The same for UTF-8, valid or not.</summary>
    public static string Show(ReadOnlySpan<byte> utf8) =>
        Show(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxCharacters * 4)]));

    /// <summary>The value that the reader stands at: <c>the text "abc"</c>, <c>the number 5</c>, <c>true</c>, <c>an array</c> …</summary>
    public static string Describe(ref readonly Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => string.Create(CultureInfo.InvariantCulture, $"the text \"{Show(reader.ValueSpan)}\""),
        JsonTokenType.Number => string.Create(CultureInfo.InvariantCulture, $"the number {Show(reader.ValueSpan)}"),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.Null => "null",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        _ => "the end",
    };
}
