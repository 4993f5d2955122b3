using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>Reads the member <c>outputs</c> of an infer request: which outputs are wanted.</summary>
internal static class RequestedOutputsReader
{
    /// <summary>Reads the member's value; null when all is well.</summary>
    public static ScoringProblem? Read(ref Utf8JsonReader reader, InferCall call)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part("\"outputs\"", "an array of requested outputs", FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if ((ReadOutput(ref reader, out var name) ?? call.Ask(name)) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static ScoringProblem? ReadOutput(ref Utf8JsonReader reader, out string? name)
    {
        name = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Part("\"outputs\"", "objects with the \"name\" of an output", FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isName = reader.ValueTextEquals("name"u8);
            reader.Read();
            if (isName && !InferRequestReader.TryReadText(ref reader, out name))
            {
                return ScoringProblem.Part("\"outputs\"", "a text as \"name\"", FoundText.Describe(in reader));
            }

            reader.Skip();
        }

        return null;
    }
}
