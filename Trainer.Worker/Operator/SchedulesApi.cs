using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Schedules: when a model is trained by itself.</summary>
internal static class SchedulesApi
{
    private const int LargestBody = 64 * 1024;
    private const int LongestCron = 200;
    private const int TimesShown = 3;

    // What was not asked is not kept, so that a later version's default is what holds then.
    private static readonly JsonSerializerOptions Stored = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static void MapSchedules(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/schedules", ListSchedulesAsync).WithName("ListSchedules").WithSummary("List the schedules").WithTags("Schedules");
        var schedule = routes.MapGroup("/models/{model}/schedule").WithTags("Schedules");
        schedule.MapGet("/", GetScheduleAsync).WithName("GetSchedule").WithSummary("Get a model's schedule");
        schedule.MapPut("/", SetScheduleAsync)
            .WithName("SetSchedule").WithSummary("Train a model by the clock")
            .WithMetadata(new RequestSizeLimitAttribute(LargestBody));
        schedule.MapDelete("/", RemoveScheduleAsync).WithName("RemoveSchedule").WithSummary("Remove a model's schedule");
    }

    private static async Task<Ok<ScheduleList>> ListSchedulesAsync(
        ScheduleQueue schedules, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ScheduleList([.. (await schedules.ListAsync(cancellationToken)).Select(s => ScheduleView.Of(s, time.GetUtcNow()))]));

    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> GetScheduleAsync(
        string model, ScheduleQueue schedules, TimeProvider time, CancellationToken cancellationToken) =>
        await schedules.FindAsync(model, cancellationToken) is { } schedule
            ? TypedResults.Ok(ScheduleView.Of(schedule, time.GetUtcNow()))
            : NoSchedule(model);

    /// <summary>Sets the schedule in place of the one before; what it will ask for is checked now, and again each time.</summary>
    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> SetScheduleAsync(
        string model,
        ScheduleRequest body,
        ScheduleQueue schedules,
        TrainingRequestRules rules,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (body.Unknown is { Count: > 0 })
        {
            return Problems.BadRequest($"Unknown member '{body.Unknown.Keys.First()}'; expected cron, timeZone, missed and run.");
        }

        if (body.Cron is not { Length: >= 1 and <= LongestCron } cron)
        {
            return Problems.BadRequest($"'cron' is needed, 1 to {LongestCron} characters, such as '30 4 * * MON-FRI'.");
        }

        var missed = MissedRuns.Once;
        if (body.Missed is not null && !EnumNames.TryParse(body.Missed, out missed))
        {
            return Problems.BadRequest($"'missed' is one of once, skip; found '{body.Missed}'.");
        }

        if (body.Run is null)
        {
            return Problems.BadRequest("'run' is missing: the run to queue, as the body of POST /models/{model}/runs.");
        }

        var now = time.GetUtcNow();
        var zone = body.TimeZone ?? "UTC";
        var (line, fault) = CronLine.Parse(cron, zone, now);
        if (fault is not null)
        {
            return Problems.BadRequest(fault);
        }

        if ((await rules.CheckAsync(model, body.Run, cancellationToken)).Fault is { } problem)
        {
            return problem;
        }

        var schedule = new TrainingSchedule
        {
            Model = model,
            Cron = cron,
            TimeZone = zone,
            Request = JsonSerializer.Serialize(body.Run, Stored),
            Missed = missed,
            SetBy = context.CallerName() ?? "unknown",
            SetAt = now,
            NextAt = line!.NextAfter(now)!.Value,
        };
        await schedules.SetAsync(schedule, cancellationToken);
        return TypedResults.Ok(ScheduleView.Of(schedule, now));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveScheduleAsync(
        string model, ScheduleQueue schedules, CancellationToken cancellationToken) =>
        await schedules.RemoveAsync(model, cancellationToken) ? TypedResults.NoContent() : NoSchedule(model);

    private static ProblemHttpResult NoSchedule(string model) => RegistryName.IsModel(model)
        ? Problems.NotFound($"Model '{model}' has no schedule. Set one: PUT /models/{model}/schedule.")
        : Problems.BadRequest(RegistryName.ModelForm(model));

    internal sealed record ScheduleRequest
    {
        [Description("Five fields: minute, hour, day of month, month, day of week.")]
        public string? Cron { get; init; }

        [Description("The IANA name of the time zone; UTC when absent.")]
        public string? TimeZone { get; init; }

        [Description("once: times at which no trainer ran are made up for by one run; skip: they are passed over. once when absent.")]
        public string? Missed { get; init; }

        [Description("The run to queue, as the body of POST /models/{model}/runs.")]
        public TrainingRequest? Run { get; init; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Unknown { get; init; }
    }

    internal sealed record ScheduleList(IReadOnlyList<ScheduleView> Schedules);

    /// <summary>A schedule as the API shows it.</summary>
    internal sealed record ScheduleView(
        string Model, string Cron, string TimeZone, string Missed, JsonElement Run, string SetBy, DateTimeOffset SetAt,
        IReadOnlyList<DateTimeOffset> Next, DateTimeOffset? LastAt, Guid? LastRun, string? LastError)
    {
        public static ScheduleView Of(TrainingSchedule s, DateTimeOffset now)
        {
            var line = CronLine.Parse(s.Cron, s.TimeZone, now).Line;
            using var run = JsonDocument.Parse(s.Request);
            return new(
                s.Model, s.Cron, s.TimeZone, EnumNames.Of(s.Missed), run.RootElement.Clone(), s.SetBy, s.SetAt,
                [s.NextAt, .. line?.Next(s.NextAt, TimesShown - 1) ?? []], s.LastAt, s.LastRun, s.LastError);
        }
    }
}
