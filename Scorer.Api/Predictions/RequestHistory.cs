using System.Diagnostics;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Protocols.OpenInference;
using Analytics.ServiceDefaults.ApiKeys;
using Microsoft.AspNetCore.WebUtilities;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>Marks an endpoint whose requests belong in the history.</summary>
/// <param name="Route">The route's template, as it is recorded.</param>
/// <param name="Model">The model, where the route names none.</param>
/// <param name="IsRpc">True when what became of the call stands in gRPC's status, not in HTTP's.</param>
internal sealed record ScoringRoute(string Route, string? Model, bool IsRpc = false);

/// <summary>
/// Puts the scoring requests that were not answered with predictions into the history, with their status and why: those
/// that the handler refused and those that never reached it. The answered ones the handler has appended itself.
/// </summary>
internal sealed class RequestHistory(
    RequestDelegate next, IPredictionJournal journal, InputRecorder recorder, TimeProvider time, ILogger<RequestHistory> logger)
{
    public const int ClientClosedRequest = 499;
    public const string ClientClosedError = "The client closed the connection.";

    /// <summary>Set as a feature by a handler that has written the request's record itself, whatever becomes of the request.</summary>
    public static readonly HistoryWritten Written = new();

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ScoringRoute>() is not { } route)
        {
            return next(context);
        }

        var started = time.GetTimestamp();
        var answer = next(context);
        return answer.IsCompletedSuccessfully && !route.IsRpc && context.Response.StatusCode < StatusCodes.Status400BadRequest
            ? answer
            : RecordAsync(context, route, answer, started);
    }

    private async Task RecordAsync(HttpContext context, ScoringRoute route, Task answer, long started)
    {
        try
        {
            await answer;
        }
        catch (Exception e) when (context.Features.Get<HistoryWritten>() is null)
        {
            // Counted and passed on: the server decides what becomes of the connection.
            var end = context.RequestAborted.IsCancellationRequested ? ClientClosedRequest : StatusCodes.Status500InternalServerError;
            await AppendAsync(context, route, end, end == ClientClosedRequest ? ClientClosedError : e.GetType().Name, started);
            throw;
        }

        var (status, message) = route.IsRpc ? RpcErrors.StatusOf(context) : (context.Response.StatusCode, null);
        if (status >= StatusCodes.Status400BadRequest)
        {
            // What was found is the caller's input: where inputs are not kept, only what was expected is.
            var problem = context.Features.Get<ScoringProblem>();
            var error = recorder.Of(ModelOf(context, route)) == InputLogging.Logged ? problem?.Detail : problem?.DetailWithoutInput;
            await AppendAsync(context, route, problem?.Status ?? status, error ?? message ?? ReasonPhrases.GetReasonPhrase(status), started);
        }
    }

    private async ValueTask AppendAsync(HttpContext context, ScoringRoute route, int status, string error, long started)
    {
        PredictionLog.Refused(logger, status, error);
        var elapsed = time.GetElapsedTime(started);
        var arrived = time.GetUtcNow() - elapsed;
        await journal.AppendAsync(new JournalRecord(
            new RequestRecord
            {
                Id = PredictionId.Next(arrived),
                Time = arrived,
                Route = route.Route,
                Status = status,
                Rows = 0,
                DurationMs = elapsed.TotalMilliseconds,
                Model = ModelOf(context, route),
                Client = context.CallerName(),
                TraceId = Activity.Current?.TraceId.ToHexString(),
                Error = error,
            },
            null));
    }

    private static string? ModelOf(HttpContext context, ScoringRoute route) =>
        context.Request.RouteValues.TryGetValue("model", out var value) && value is string name ? FoundText.Show(name) : route.Model;
}

/// <summary>Says that a request's record is in the journal.</summary>
internal sealed class HistoryWritten;
