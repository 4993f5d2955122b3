using Analytics.Scorer.Api.Predictions.Batches;
using Microsoft.Extensions.Primitives;
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
    /// <param name="request">The request.</param>
    /// <param name="formats">The forms.</param>
    /// <param name="standard">The answer's form where the caller leaves the choice; null: the body's.</param>
    public static ScoringProblem? Find(HttpRequest request, out RequestFormats formats, BodyFormat? standard = null)
    {
        formats = default;
        var found = request.ContentType;
        var body = BodyFormat.Json;
        // What nearly every caller sends is not parsed: this is asked twice, before the request waits for its turn and in it.
        if (!string.Equals(found, Json, StringComparison.OrdinalIgnoreCase) && !string.Equals(found, JsonUtf8, StringComparison.OrdinalIgnoreCase)
            && !TryReadContentType(found, out body))
        {
            return Unsupported($"Content-Type {Expected} (UTF-8)", found);
        }

        if (FindEncoding(request) is { } encoded)
        {
            return encoded;
        }

        var accept = request.Headers.Accept;
        if (IsAnything(accept))
        {
            formats = new RequestFormats(body, standard ?? body);
            return null;
        }

        if (Choose(accept, standard ?? body) is not { } answer)
        {
            return NotAcceptable(Expected, accept);
        }

        formats = new RequestFormats(body, answer);
        return null;
    }

    /// <summary>The same for a call that takes and gives JSON alone.</summary>
    public static ScoringProblem? FindOtherThanJsonBothWays(HttpRequest request)
    {
        var type = request.ContentType;
        if (!string.Equals(type, Json, StringComparison.OrdinalIgnoreCase)
            && !(TryReadContentType(type, out var body) && body == BodyFormat.Json))
        {
            return Unsupported($"Content-Type {Json} (UTF-8)", type);
        }

        var accept = request.Headers.Accept;
        return FindEncoding(request)
            ?? (IsAnything(accept) || (MediaTypeHeaderValue.TryParseList(accept, out var wanted) && Quality(wanted, BodyFormat.Json) > 0)
                ? null
                : NotAcceptable(Json, accept));
    }

    /// <summary>The same for a call that takes JSON alone.</summary>
    public static ScoringProblem? FindOtherThanJson(HttpRequest request) =>
        Find(request, out var formats) is { Status: not StatusCodes.Status406NotAcceptable } problem ? problem
        : formats.Body == BodyFormat.Json ? null
        : Unsupported($"Content-Type {Json} (UTF-8)", request.ContentType);

    private static ScoringProblem? FindEncoding(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding;
        return encoding.Count == 0 || string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase)
            ? null
            : Unsupported("a body without Content-Encoding", encoding);
    }

    private static bool IsAnything(StringValues accept) => accept.Count == 0 || (accept.Count == 1 && accept[0] is "*/*" or "");

    private static ScoringProblem NotAcceptable(string expected, StringValues accept) => new(
        StatusCodes.Status406NotAcceptable, $"Expected Accept {expected}, found '{FoundText.Show(accept.ToString())}'.")
    {
        Expected = $"Accept {expected}",
        Found = FoundText.Show(accept.ToString()),
    };

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

    private static ScoringProblem Unsupported(string expected, string? header)
    {
        var found = string.IsNullOrEmpty(header) ? "no Content-Type" : $"'{FoundText.Show(header)}'";
        return new(StatusCodes.Status415UnsupportedMediaType, $"Expected {expected}, found {found}.") { Expected = expected, Found = found };
    }
}
