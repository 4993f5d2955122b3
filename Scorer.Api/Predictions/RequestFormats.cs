using Analytics.Scorer.Api.Predictions.Batches;
using Microsoft.Net.Http.Headers;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>The forms of a request's body and of its answer.</summary>
/// <param name="Body">What the body says of itself (<c>Content-Type</c>).</param>
/// <param name="Answer">What the caller wants (<c>Accept</c>); the body's form where it leaves the choice.</param>
internal readonly record struct RequestFormats(BodyFormat Body, BodyFormat Answer)
{
    private const string Json = "application/json";
    private const string JsonUtf8 = "application/json; charset=utf-8";
    private const string Expected = "application/json, text/csv or application/x-ndjson";

    /// <summary>True when the body is read and answered piece by piece, however long it is.</summary>
    public bool IsStreamed => Body != BodyFormat.Json;

    /// <summary>Reads the headers; a problem where the body is of another form, not UTF-8 or compressed, or no form of the answer will do.</summary>
    public static ScoringProblem? Find(HttpRequest request, out RequestFormats formats)
    {
        formats = default;
        var found = request.ContentType;
        var body = BodyFormat.Json;
        // What nearly every caller sends is not parsed: this is asked twice, before the request waits for its turn and in it.
        if (!string.Equals(found, Json, StringComparison.OrdinalIgnoreCase) && !string.Equals(found, JsonUtf8, StringComparison.OrdinalIgnoreCase)
            && !TryReadContentType(found, out body))
        {
            return Unsupported(
                $"Content-Type {Expected} (UTF-8)", string.IsNullOrEmpty(found) ? "no Content-Type" : $"'{FoundText.Show(found)}'");
        }

        var encoding = request.Headers.ContentEncoding;
        if (encoding.Count > 0 && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
        {
            return Unsupported("a body without Content-Encoding", $"'{FoundText.Show(encoding.ToString())}'");
        }

        var accept = request.Headers.Accept;
        if (accept.Count == 0 || (accept.Count == 1 && accept[0] is "*/*" or ""))
        {
            formats = new RequestFormats(body, body);
            return null;
        }

        if (Choose(accept, body) is not { } answer)
        {
            return new ScoringProblem(
                StatusCodes.Status406NotAcceptable, $"Expected Accept {Expected}, found '{FoundText.Show(accept.ToString())}'.")
            {
                Expected = $"Accept {Expected}",
                Found = FoundText.Show(accept.ToString()),
            };
        }

        formats = new RequestFormats(body, answer);
        return null;
    }

    /// <summary>The same for a call that takes JSON alone.</summary>
    public static ScoringProblem? FindOtherThanJson(HttpRequest request) =>
        Find(request, out var formats) is { Status: not StatusCodes.Status406NotAcceptable } problem ? problem
        : formats.Body == BodyFormat.Json ? null
        : Unsupported($"Content-Type {Json} (UTF-8)", $"'{FoundText.Show(request.ContentType)}'");

    private static bool TryReadContentType(string? text, out BodyFormat format)
    {
        format = BodyFormat.Json;
        return MediaTypeHeaderValue.TryParse(text, out var type)
            && TryFind(type.MediaType.ToString(), out format)
            && (!type.Charset.HasValue
                || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }

    private static bool TryFind(string mediaType, out BodyFormat format)
    {
        BodyFormat? known = mediaType.ToLowerInvariant() switch
        {
            Json => BodyFormat.Json,
            "text/csv" => BodyFormat.Csv,
            // The first is the customary name, the others are in use for the same.
            "application/x-ndjson" or "application/ndjson" or "application/jsonlines" or "application/x-jsonlines" => BodyFormat.Ndjson,
            _ => null,
        };
        format = known ?? BodyFormat.Json;
        return known is not null;
    }

    // The best of what is wanted, the body's own form among equals (RFC 9110, 12.5.1).
    private static BodyFormat? Choose(IList<string> accept, BodyFormat body)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out var wanted))
        {
            return null;
        }

        BodyFormat? best = null;
        var bestQuality = 0.0;
        foreach (var format in new[] { body, BodyFormat.Json, BodyFormat.Csv, BodyFormat.Ndjson })
        {
            if (Quality(wanted, format) is var quality && quality > bestQuality)
            {
                (best, bestQuality) = (format, quality);
            }
        }

        return best;
    }

    // The most specific range that matches decides.
    private static double Quality(IList<MediaTypeHeaderValue> wanted, BodyFormat format)
    {
        var (quality, rank) = (0.0, -1);
        foreach (var range in wanted)
        {
            var own = range.MatchesAllTypes ? 0
                : range.MatchesAllSubTypes ? range.Type.Equals(format == BodyFormat.Csv ? "text" : "application", StringComparison.OrdinalIgnoreCase) ? 1 : -1
                : TryFind(range.MediaType.ToString(), out var named) && named == format ? 2
                : -1;
            if (own > rank)
            {
                (quality, rank) = (range.Quality ?? 1, own);
            }
        }

        return quality;
    }

    private static ScoringProblem Unsupported(string expected, string found) =>
        new(StatusCodes.Status415UnsupportedMediaType, $"Expected {expected}, found {found}.") { Expected = expected, Found = found };
}
