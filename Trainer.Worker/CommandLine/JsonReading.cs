using System.Globalization;
using System.Text.Json;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>Members of answers, for tables: absent and null are the same.</summary>
internal static class JsonReading
{
    /// <summary>The member, or null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>The member as it reads, or null.</summary>
    public static string? Text(this JsonElement element, string name) => element.Member(name)?.ToString();

    /// <summary>The member as a number, or null.</summary>
    public static double? Number(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    /// <summary>The member as a time of this machine's zone, or nothing.</summary>
    public static string Time(this JsonElement element, string name) =>
        element.Member(name)?.GetDateTimeOffset().ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    /// <summary>The items of a member that is a list; none when it is absent.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>A number for people.</summary>
    public static string Short(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
