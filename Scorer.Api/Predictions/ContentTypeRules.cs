using Microsoft.Net.Http.Headers;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>What a body may say of itself: JSON, in UTF-8, not compressed.</summary>
internal static class ContentTypeRules
{
    private const string Json = "application/json";

    /// <summary>Null when the body is one that we read.</summary>
    public static ScoringProblem? FindProblem(HttpRequest request)
    {
        var found = request.ContentType;
        if (!string.Equals(found, Json, StringComparison.OrdinalIgnoreCase) && !IsJson(found))
        {
            return Unsupported(
                "Content-Type application/json (UTF-8)", string.IsNullOrEmpty(found) ? "no Content-Type" : $"'{FoundText.Show(found)}'");
        }

        var encoding = request.Headers.ContentEncoding;
        return encoding.Count == 0 || string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase)
            ? null
            : Unsupported("a body without Content-Encoding", $"'{FoundText.Show(encoding.ToString())}'");
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue
            || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ScoringProblem Unsupported(string expected, string found) =>
        new(StatusCodes.Status415UnsupportedMediaType, $"Expected {expected}, found {found}.") { Expected = expected, Found = found };
}
