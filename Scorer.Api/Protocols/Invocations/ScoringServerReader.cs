using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>
/// Reads a JSON body of MLflow's scoring server: exactly one of <c>dataframe_split</c>, <c>dataframe_records</c>, <c>instances</c> and
/// <c>inputs</c>, and <c>params</c>. Columns match by name; extra ones are ignored, a missing required one is an error.
/// </summary>
internal static class ScoringServerReader
{
    private const string Form = "an object with exactly one of \"dataframe_split\", \"dataframe_records\", \"instances\" and \"inputs\"";

    /// <summary>Reads the rows into <paramref name="work"/>; null when all is well.</summary>
    public static ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work, int maxRows, out PredictMethod method)
    {
        method = PredictMethod.Predict;
        if (JsonBody.Open(ref body, Form) is { } empty)
        {
            return empty;
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            return ReadBody(ref reader, work, maxRows, ref method);
        }
        catch (JsonException e)
        {
            return JsonBody.Malformed(e);
        }
    }

    private static ScoringProblem? ReadBody(ref Utf8JsonReader reader, RequestWork work, int maxRows, ref PredictMethod method)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Body(Form, FoundText.Describe(in reader));
        }

        var forms = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ScoringProblem? problem = null;
            if (FormOf(in reader) is { } form)
            {
                reader.Read();
                problem = forms++ > 0 ? ScoringProblem.Body(Form, "more than one") : ReadRows(ref reader, work, maxRows, form);
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                reader.Read();
                problem = ReadParameters(ref reader, ref method);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }

            if (problem is not null)
            {
                return problem;
            }
        }

        // The reader stands at the closing brace; one more step finds what is behind it.
        while (reader.Read())
        {
        }

        return forms == 0 ? ScoringProblem.Body(Form, "an object without them")
            : work.Batch.Count == 0 ? ScoringProblem.Body("at least one row", "none")
            : null;
    }

    private static string? FormOf(ref readonly Utf8JsonReader reader) =>
        reader.ValueTextEquals("instances"u8) ? "instances"
        : reader.ValueTextEquals("inputs"u8) ? "inputs"
        : reader.ValueTextEquals("dataframe_split"u8) ? "dataframe_split"
        : reader.ValueTextEquals("dataframe_records"u8) ? "dataframe_records"
        : null;

    private static ScoringProblem? ReadRows(ref Utf8JsonReader reader, RequestWork work, int maxRows, string form) => form switch
    {
        "dataframe_split" => FrameReader.ReadSplit(ref reader, work, maxRows),
        "inputs" when reader.TokenType == JsonTokenType.StartObject => FrameReader.ReadColumns(ref reader, work, maxRows),
        _ => ReadRecords(ref reader, work, maxRows, form),
    };

    private static ScoringProblem? ReadRecords(ref Utf8JsonReader reader, RequestWork work, int maxRows, string form)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part(
                $"\"{form}\"", form == "inputs" ? "an array of rows or an object of columns" : "an array of rows", FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (work.Batch.Count == maxRows)
            {
                return ScoringProblem.TooManyRows(maxRows);
            }

            var problem = reader.TokenType == JsonTokenType.StartArray && form == "dataframe_records"
                ? ScoringProblem.Cell(work.Batch.Count, null, "an object by column name", "an array")
                : reader.TokenType == JsonTokenType.StartObject ? FrameReader.ReadRecord(ref reader, work)
                : PredictRequestReader.ReadRow(ref reader, work);
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static ScoringProblem? ReadParameters(ref Utf8JsonReader reader, ref PredictMethod method)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Part("\"params\"", "an object", FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMethod = reader.ValueTextEquals("predict_method"u8);
            reader.Read();
            if (isMethod)
            {
                if (reader.TokenType != JsonTokenType.String || !TryParse(in reader, out method))
                {
                    return ScoringProblem.Part(
                        "\"params\"", "\"predict_method\" predict, predict_proba or records", FoundText.Describe(in reader));
                }
            }
            else
            {
                // Parameters that a model does not have are passed over, as by MLflow.
                reader.Skip();
            }
        }

        return null;
    }

    private static bool TryParse(ref readonly Utf8JsonReader reader, out PredictMethod method)
    {
        method = reader.ValueTextEquals("predict_proba"u8) ? PredictMethod.PredictProba
            : reader.ValueTextEquals("records"u8) ? PredictMethod.Records
            : PredictMethod.Predict;
        return method != PredictMethod.Predict || reader.ValueTextEquals("predict"u8);
    }
}
