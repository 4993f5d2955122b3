using System.Globalization;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>The body of <c>POST /v2/repository/index</c>: nothing, or an object with <c>ready</c>.</summary>
internal sealed class RepositoryIndexRequest
{
    /// <summary>True when only what answers is asked for.</summary>
    public bool ReadyOnly { get; private set; }

    public static ScoringProblem? Read(ReadOnlySpan<byte> body, RepositoryIndexRequest request)
    {
        if (body.IsEmpty)
        {
            return null;
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return ScoringProblem.Body("an object, with or without \"ready\"", FoundText.Describe(in reader));
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isReady = reader.ValueTextEquals("ready"u8);
                reader.Read();
                if (isReady && reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                {
                    return ScoringProblem.Part("\"ready\"", "true or false", FoundText.Describe(in reader));
                }

                request.ReadyOnly = isReady ? reader.GetBoolean() : request.ReadyOnly;
                reader.Skip();
            }

            return null;
        }
        catch (JsonException e)
        {
            return JsonBody.Malformed(e);
        }
    }
}

/// <summary>The index: each known version with its state in Triton's words, and why it is not ready.</summary>
internal static class RepositoryIndexAnswer
{
    public static Task WriteAsync(HttpContext context, ServingSnapshot snapshot, bool readyOnly) => JsonAnswer.WriteListAsync(
        context,
        writer =>
        {
            foreach (var model in snapshot.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal))
            {
                foreach (var version in model.Versions.OrderBy(v => v.Version).Where(v => !readyOnly || v.State == VersionState.Ready))
                {
                    WriteEntry(writer, model.Name, version.Version.ToString(CultureInfo.InvariantCulture), StateOf(version.State), ReasonOf(version));
                }

                if (model.Versions.Count == 0 && !readyOnly)
                {
                    WriteEntry(writer, model.Name, "", "UNAVAILABLE", model.Problem ?? "The model has no champion yet.");
                }
            }
        });

    private static void WriteEntry(Utf8JsonWriter writer, string name, string version, string state, string reason)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("version", version);
        writer.WriteString("state", state);
        writer.WriteString("reason", reason);
        writer.WriteEndObject();
    }

    private static string StateOf(VersionState state) => state switch
    {
        VersionState.Ready => "READY",
        VersionState.Loading => "LOADING",
        _ => "UNAVAILABLE",
    };

    private static string ReasonOf(VersionStatus version) =>
        version.Reason ?? (version.State == VersionState.Retired ? "unloaded" : "");
}
