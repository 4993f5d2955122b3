using System.Text.Json;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>What every JSON body has in common, whatever it asks for: how it may begin, and how it is told that it is no JSON.</summary>
internal static class JsonBody
{
    /// <summary>Takes a byte order mark off; the problem of a body that is empty where <paramref name="form"/> is expected.</summary>
    public static ScoringProblem? Open(ref ReadOnlySpan<byte> body, string form)
    {
        if (body.StartsWith("\uFEFF"u8))
        {
            body = body[3..];
        }

        return body.IsEmpty ? ScoringProblem.Body(form, "nothing: the body is empty") : null;
    }

    /// <summary>Where and why the body is no JSON.</summary>
    public static ScoringProblem Malformed(JsonException e)
    {
        var line = (e.LineNumber ?? 0) + 1;
        var position = (e.BytePositionInLine ?? 0) + 1;
        // The parser's sentence ends with its own form of the position.
        var reason = e.Message.AsSpan();
        var end = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return new ScoringProblem(
            StatusCodes.Status400BadRequest,
            $"The body is not valid JSON (line {line}, byte {position}): {FoundText.Show(end < 0 ? reason : reason[..end])}")
        {
            Expected = "valid JSON (RFC 8259)",
            Line = line,
            Byte = position,
        };
    }
}
