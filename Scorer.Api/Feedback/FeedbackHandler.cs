using System.Text.Json;
using Analytics.Registry.Journal;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.ApiKeys;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Feedback;

/// <summary>
/// Takes outcomes of predictions. It asks nobody whether there is such a prediction: it may not have been stored yet, and
/// serving needs no database. Answered once the outcomes are in the journal.
/// </summary>
internal sealed class FeedbackHandler(
    IPredictionJournal journal, ScorerTelemetry telemetry, IOptions<ScorerOptions> options, TimeProvider time)
{
    /// <summary>Clocks of scorers differ a little; a day is no clock's error.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    private readonly System.Diagnostics.Metrics.Counter<long> _outcomes = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.feedback", "{outcome}", "Outcomes of predictions that were taken.");

    /// <summary><c>POST /feedback</c></summary>
    public async Task TakeAsync(HttpContext context)
    {
        if ((RequestFormats.FindOtherThanJson(context.Request) ?? (journal.Obstacle is { } obstacle ? NotRecorded(obstacle) : null)) is { } refused)
        {
            await refused.ExecuteAsync(context);
            return;
        }

        var now = time.GetUtcNow();
        var work = new FeedbackWork(options.Value.MaxRows, now + ClockSkew);
        var problem = await RequestBody.ReadAsync(context.Request, options.Value.MaxBodyBytes, work, FeedbackReader.Read);
        if (problem is null && !await AppendAsync(work, now, context.CallerName()))
        {
            problem = NotRecorded(journal.Obstacle);
        }

        if (problem is not null)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        _outcomes.Add(work.Outcomes.Count);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var answer = new Utf8JsonWriter(context.Response.BodyWriter);
        answer.WriteStartObject();
        answer.WriteNumber("accepted", work.Outcomes.Count);
        answer.WriteEndObject();
    }

    private async ValueTask<bool> AppendAsync(FeedbackWork work, DateTimeOffset now, string? client)
    {
        // All at once, so that a journal that waits for the disk waits for all of them together.
        var appending = new Task<bool>[work.Outcomes.Count];
        for (var i = 0; i < appending.Length; i++)
        {
            var (prediction, actual) = work.Outcomes[i];
            appending[i] = journal.AppendAsync(new JournalRecord(new FeedbackEntry(prediction, actual, now, client))).AsTask();
        }

        var kept = true;
        foreach (var append in appending)
        {
            kept &= await append;
        }

        return kept;
    }

    private static ScoringProblem NotRecorded(string? obstacle) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"The feedback cannot be recorded{(obstacle is null ? "" : $": {obstacle.TrimEnd('.')}")}. Send all of it again later; what was taken already counts once.")
    {
        RetryAfter = 1,
    };
}
