using System.Globalization;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>
/// Reads an infer request in one pass and straight into the columns; a tensor whose data stand before its shape is read again. Members
/// that the specification does not have, and parameters, are passed over.
/// </summary>
internal static class InferRequestReader
{
    private const string Form = "an object with \"inputs\", an array of tensors";
    private const int MaxDimensions = 8;

    /// <summary>Reads the rows into <paramref name="work"/>; null when all is well.</summary>
    public static ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work, InferCall call)
    {
        if (JsonBody.Open(ref body, Form) is { } empty)
        {
            return empty;
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            return ReadBody(ref reader, work, call, body.Length);
        }
        catch (JsonException e)
        {
            return JsonBody.Malformed(e);
        }
    }

    private static ScoringProblem? ReadBody(ref Utf8JsonReader reader, RequestWork work, InferCall call, int length)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Body(Form, FoundText.Describe(in reader));
        }

        var hasInputs = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ScoringProblem? problem = null;
            if (reader.ValueTextEquals("inputs"u8))
            {
                problem = hasInputs ? ScoringProblem.Body("\"inputs\" once", "it twice") : ReadInputs(ref reader, work, call, length);
                hasInputs = true;
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                problem = ReadId(ref reader, call);
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                problem = RequestedOutputsReader.Read(ref reader, call);
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

        return hasInputs ? call.FindAbsent(work) : ScoringProblem.Body(Form, "an object without it");
    }

    private static ScoringProblem? ReadId(ref Utf8JsonReader reader, InferCall call)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (!TryReadText(ref reader, out var id))
        {
            return ScoringProblem.Part("\"id\"", "a text", FoundText.Describe(in reader));
        }

        call.Id = id;
        return null;
    }

    private static ScoringProblem? ReadInputs(ref Utf8JsonReader reader, RequestWork work, InferCall call, int length)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part("\"inputs\"", "an array of tensors", FoundText.Describe(in reader));
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (ReadTensor(ref reader, work, call, index, length) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static ScoringProblem? ReadTensor(ref Utf8JsonReader reader, RequestWork work, InferCall call, int index, int length)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Part(Input(index), "an object with \"name\", \"shape\", \"datatype\" and \"data\"", FoundText.Describe(in reader));
        }

        string? name = null;
        var column = -1;
        TensorType? type = null;
        var hasData = false;
        var isRead = false;
        Utf8JsonReader data = default;
        Span<long> dimensions = stackalloc long[MaxDimensions];
        var rank = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ScoringProblem? problem = null;
            if (reader.ValueTextEquals("name"u8))
            {
                problem = ReadName(ref reader, work, index, out name, out column);
            }
            else if (reader.ValueTextEquals("datatype"u8))
            {
                problem = ReadDatatype(ref reader, name, index, out type);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                problem = ReadShape(ref reader, name, index, dimensions, out rank);
            }
            else if (reader.ValueTextEquals("data"u8) && !hasData)
            {
                reader.Read();
                hasData = true;
                if (name is not null && type is { } known && rank >= 0)
                {
                    problem = TensorDataReader.Read(ref reader, work, call, name, column, known, dimensions[..rank], length);
                    isRead = true;
                }
                else
                {
                    data = reader;
                    reader.Skip();
                }
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

        return name is null ? Lacks(Input(index), "name")
            : type is not { } found ? Lacks(Place(name, index), "datatype")
            : rank < 0 ? Lacks(Place(name, index), "shape")
            : !hasData ? Lacks(Place(name, index), "data")
            : isRead ? null
            : TensorDataReader.Read(ref data, work, call, name, column, found, dimensions[..rank], length);
    }

    private static ScoringProblem? ReadName(ref Utf8JsonReader reader, RequestWork work, int index, out string? name, out int column)
    {
        reader.Read();
        column = -1;
        name = null;
        if (reader.TokenType == JsonTokenType.String)
        {
            column = PredictRequestReader.Find(in reader, work.Columns, index);
            if (column >= 0)
            {
                name = work.Columns[column].Name;
                return null;
            }
        }

        return TryReadText(ref reader, out name) ? null : ScoringProblem.Part(Input(index), "a text as \"name\"", FoundText.Describe(in reader));
    }

    private static ScoringProblem? ReadDatatype(ref Utf8JsonReader reader, string? name, int index, out TensorType? type)
    {
        reader.Read();
        type = reader.TokenType == JsonTokenType.String && TensorTypes.TryParse(reader.ValueSpan, out var found) ? found : null;
        return type is not null ? null : ScoringProblem.Part(
            Place(name, index), $"a datatype (BOOL, BYTES, {TensorTypes.Numbers})", FoundText.Describe(in reader));
    }

    private static ScoringProblem? ReadShape(ref Utf8JsonReader reader, string? name, int index, scoped Span<long> dimensions, out int rank)
    {
        const string expected = "a shape, an array of whole numbers from 0";
        rank = 0;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part(Place(name, index), expected, FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var dimension) || dimension is < 0 or > int.MaxValue
                || rank == MaxDimensions)
            {
                return ScoringProblem.Part(Place(name, index), $"{expected}, at most {MaxDimensions}", FoundText.Describe(in reader));
            }

            dimensions[rank++] = dimension;
        }

        return rank > 0 ? null : ScoringProblem.Part(Place(name, index), "the shape [rows] or [rows, columns]", "[]");
    }

    /// <summary>Reads a text; false where there is another value, half a surrogate pair or broken UTF-8.</summary>
    internal static bool TryReadText(ref Utf8JsonReader reader, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? text)
    {
        text = null;
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Input(int index) => string.Create(CultureInfo.InvariantCulture, $"Input {index}");

    private static string Place(string? name, int index) => name is null ? Input(index) : $"Tensor '{FoundText.Show(name)}'";

    private static ScoringProblem Lacks(string place, string member) =>
        ScoringProblem.Part(place, $"\"{member}\"", "a tensor without it");
}
