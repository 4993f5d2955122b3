using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary><c>{"error": "…"}</c>: one sentence with the place, what was expected and what came.</summary>
internal sealed class OpenInferenceErrors : JsonErrors
{
    protected override void WriteMembers(Utf8JsonWriter writer, ScoringProblem problem) => writer.WriteString("error"u8, problem.Detail);
}
