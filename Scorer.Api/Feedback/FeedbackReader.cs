using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Feedback;

/// <summary>
/// Reads the body of <c>POST /feedback</c>: an object with <c>predictionId</c> (a UUID of version 7, as an answer gave it) and
/// <c>actual</c> (a text, a number or a boolean), or an array of such objects, each prediction once.
/// </summary>
internal static class FeedbackReader
{
    internal const int LongestActual = 1_000;

    private const string Form = "an object with \"predictionId\" and \"actual\", or an array of them";
    private const string IdForm = "a prediction's id, a UUID of version 7";
    private const string ActualForm = "a text, a number or a boolean";

    /// <summary>Reads the outcomes into <paramref name="work"/>; null when all is well.</summary>
    public static ScoringProblem? Read(ReadOnlySpan<byte> body, FeedbackWork work)
    {
        if (JsonBody.Open(ref body, Form) is { } empty)
        {
            return empty;
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            reader.Read();
            if (ReadBody(ref reader, work) is { } problem)
            {
                return problem;
            }

            // One more step finds what is behind the end.
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException e)
        {
            return JsonBody.Malformed(e);
        }
    }

    private static ScoringProblem? ReadBody(ref Utf8JsonReader reader, FeedbackWork work)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadEntry(ref reader, work);
            case JsonTokenType.StartArray:
                break;
            default:
                return ScoringProblem.Body(Form, FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (work.Outcomes.Count == work.MaxEntries)
            {
                return new ScoringProblem(
                    StatusCodes.Status413PayloadTooLarge, $"The array has more than {work.MaxEntries} entries (Scorer:MaxRows); send them in several requests.")
                {
                    Row = work.MaxEntries,
                    Expected = $"at most {work.MaxEntries} entries",
                };
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return Fault(work, null, "an object with \"predictionId\" and \"actual\"", FoundText.Describe(in reader));
            }

            if (ReadEntry(ref reader, work) is { } problem)
            {
                return problem;
            }
        }

        return work.Outcomes.Count == 0 ? ScoringProblem.Body("at least one entry in the array", "an empty array") : null;
    }

    private static ScoringProblem? ReadEntry(ref Utf8JsonReader reader, FeedbackWork work)
    {
        Guid? id = null;
        string? actual = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("predictionId"u8);
            if (!isId && !reader.ValueTextEquals("actual"u8))
            {
                return Fault(work, null, "\"predictionId\" and \"actual\"", $"the member \"{FoundText.Show(reader.ValueSpan)}\"");
            }

            if (isId ? id is not null : actual is not null)
            {
                return Fault(work, isId ? "predictionId" : "actual", "the member once", "it twice");
            }

            reader.Read();
            var problem = isId ? ReadId(ref reader, work, out id) : ReadActual(ref reader, work, out actual);
            if (problem is not null)
            {
                return problem;
            }
        }

        if (id is null || actual is null)
        {
            return id is null
                ? Fault(work, "predictionId", IdForm, "nothing: the member is absent")
                : Fault(work, "actual", ActualForm, "nothing: the member is absent");
        }

        if (!work.Ids.Add(id.Value))
        {
            return Fault(work, "predictionId", "each prediction once in an array", $"{id} a second time");
        }

        work.Outcomes.Add(new Outcome(id.Value, actual));
        return null;
    }

    private static ScoringProblem? ReadId(ref Utf8JsonReader reader, FeedbackWork work, out Guid? id)
    {
        id = null;
        if (reader.TokenType != JsonTokenType.String
            || !Utf8Parser.TryParse(reader.ValueSpan, out Guid value, out var consumed, 'D') || consumed != reader.ValueSpan.Length)
        {
            return Fault(work, "predictionId", IdForm, FoundText.Describe(in reader));
        }

        // The variant's two bits and the version: others were never given by an answer.
        if (value.Version != 7 || value.Variant is < 8 or > 11)
        {
            return Fault(work, "predictionId", IdForm, $"a UUID of another version, {value}");
        }

        if (PredictionId.TimeOf(value) > work.LatestTime)
        {
            return Fault(work, "predictionId", "the id of a prediction that was made", $"{value}, whose time is in the future");
        }

        id = value;
        return null;
    }

    private static ScoringProblem? ReadActual(ref Utf8JsonReader reader, FeedbackWork work, out string? actual)
    {
        actual = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.True:
            case JsonTokenType.False:
                actual = reader.TokenType == JsonTokenType.True ? "true" : "false";
                return null;
            case JsonTokenType.Number when reader.ValueSpan.Length <= LongestActual && reader.TryGetDouble(out var number) && double.IsFinite(number):
                // A whole number is as it came, whatever its length: it may be a class's name.
                actual = reader.ValueSpan.ContainsAny(".eE"u8)
                    ? number.ToString("R", CultureInfo.InvariantCulture)
                    : number == 0 ? "0" : Encoding.ASCII.GetString(reader.ValueSpan);
                return null;
            case JsonTokenType.Number:
                return Fault(work, "actual", "a number within double's range", FoundText.Describe(in reader));
            case JsonTokenType.String:
                return ReadText(ref reader, work, out actual);
            default:
                return Fault(work, "actual", ActualForm, FoundText.Describe(in reader));
        }
    }

    private static ScoringProblem? ReadText(ref Utf8JsonReader reader, FeedbackWork work, out string? actual)
    {
        actual = null;
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Fault(work, "actual", "a text of valid Unicode", $"{FoundText.Describe(in reader)}, which has broken UTF-8 or half a surrogate pair");
        }

        if (text.Length is 0 or > LongestActual || text.Contains('\0', StringComparison.Ordinal))
        {
            return Fault(
                work, "actual", $"a text of 1 to {LongestActual} characters without U+0000",
                text.Length == 0 ? "an empty text" : text.Length > LongestActual ? $"{text.Length} characters" : FoundText.Describe(in reader));
        }

        actual = text;
        return null;
    }

    private static ScoringProblem Fault(FeedbackWork work, string? member, string expected, string found)
    {
        var row = work.Outcomes.Count;
        var place = member is null ? $"Entry {row}" : $"Entry {row}, \"{member}\"";
        return new ScoringProblem(StatusCodes.Status400BadRequest, $"{place}: expected {expected}, found {found}.")
        {
            Row = row,
            Column = member,
            Expected = expected,
            Found = found,
        };
    }
}
