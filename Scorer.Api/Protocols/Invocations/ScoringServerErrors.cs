using System.Globalization;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>
/// <c>{"error_code": "BAD_REQUEST", "message": "…"}</c>. The sentence has the place and what was expected; of what came it says the kind
/// alone, for this protocol's errors do not repeat data.
/// </summary>
internal sealed class ScoringServerErrors : JsonErrors
{
    protected override void WriteMembers(Utf8JsonWriter writer, ScoringProblem problem)
    {
        writer.WriteString("error_code"u8, CodeOf(problem.Status));
        writer.WriteString("message"u8, MessageOf(problem));
    }

    /// <summary>The sentence without anything of the caller's rows.</summary>
    internal static string MessageOf(ScoringProblem problem)
    {
        if (problem.Status is not (StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge) || problem.Expected is null)
        {
            return problem.Detail;
        }

        if (problem is { Line: { } line, Byte: { } position, Row: null })
        {
            return string.Create(CultureInfo.InvariantCulture, $"Line {line}, byte {position}: expected {problem.Expected}.");
        }

        var place = problem.Row is { } row
            ? string.Create(CultureInfo.InvariantCulture, $"Row {row}{(problem.Column is { } column ? $", column '{column}'" : "")}")
            : "The body";
        return $"{place}: expected {problem.Expected}{(problem.Found is { } found ? $", found {KindOf(found)}" : "")}.";
    }

    private static string KindOf(string found) =>
        found.EndsWith("(missing)", StringComparison.Ordinal) ? "a missing value"
        : found.StartsWith("the text ", StringComparison.Ordinal) ? "a text"
        : found.StartsWith("the number ", StringComparison.Ordinal) ? "a number"
        : found.AsSpan().ContainsAny('\'', '"') ? "another value"
        : found;

    // The names of MLflow's ErrorCode.
    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "UNAUTHENTICATED",
        StatusCodes.Status404NotFound => "RESOURCE_DOES_NOT_EXIST",
        StatusCodes.Status408RequestTimeout => "DEADLINE_EXCEEDED",
        StatusCodes.Status429TooManyRequests => "REQUEST_LIMIT_EXCEEDED",
        StatusCodes.Status503ServiceUnavailable => "TEMPORARILY_UNAVAILABLE",
        >= StatusCodes.Status500InternalServerError => "INTERNAL_ERROR",
        _ => "BAD_REQUEST",
    };
}
