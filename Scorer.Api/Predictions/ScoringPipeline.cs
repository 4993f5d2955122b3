using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.ApiKeys;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// What every call that scores does, whichever protocol it speaks: find the version and hold it, score the rows, write the answer
/// down, append to the journal, and only then let the answer go.
/// </summary>
internal sealed class ScoringPipeline(
    ServingCatalog catalog, ChallengerRoster challengers, IPredictionJournal journal, InputRecorder recorder, ScorerTelemetry telemetry,
    TimeProvider time, ILogger<ScoringPipeline> logger)
{
    /// <summary>Takes a lease of the version that answers the call; the caller releases it.</summary>
    public bool TryAcquire(
        HttpContext context,
        string model,
        string? version,
        [NotNullWhen(true)] out Servable? servable,
        [NotNullWhen(false)] out ScoringProblem? problem)
    {
        servable = null;
        if (!journal.HasRoom)
        {
            problem = NotRecorded(journal);
            return false;
        }

        while (true)
        {
            var challenger = version is null ? null : challengers.Find(model)?.Servable;
            if (!TryFind(catalog.Current, challenger, model, version, out servable, out problem))
            {
                return false;
            }

            if (version is null && challengers.Choose(context.Request, model, servable) is { } canary)
            {
                context.Features.Set(CanaryCall.Instance);
                servable = canary;
            }

            // False: replaced since the snapshot was read; the next one does not have it any more.
            if (servable.TryAcquire())
            {
                return true;
            }
        }
    }

    /// <summary>Scores the rows in <paramref name="work"/>, has the answer written and keeps the record; a problem where it cannot be kept.</summary>
    public async ValueTask<ScoringProblem?> ScoreAsync(
        HttpContext context, Servable servable, RequestWork work, IAnswerForm form, string route, long started)
    {
        JournalRecord record;
        try
        {
            record = Score(context, servable, work, form, route, started);
        }
        catch (Exception e) when (servable.Role == PredictionRole.Challenger && context.Features.Get<CanaryCall>() is not null)
        {
            // Nobody asked for the challenger: the champion answers, which takes the same columns.
            challengers.Fail(servable, e);
            if (!TryFind(catalog.Current, servable.Model, null, out var champion, out var problem))
            {
                return problem;
            }

            if (!champion.TryAcquire())
            {
                throw;
            }

            try
            {
                record = Score(context, champion, work, form, route, started);
            }
            finally
            {
                champion.Release();
            }

            servable = champion;
        }

        using (ScorerTelemetry.Source.StartActivity("journal"))
        {
            if (!await journal.AppendAsync(record))
            {
                return NotRecorded(journal);
            }
        }

        challengers.Offer(servable, work, work.Outputs(servable.Scorer.OutputWidth), record.Request!);
        telemetry.Predicted(servable.Model, servable.Version, work.Batch.Count, servable.Role);
        PredictionLog.Predicted(logger, servable.Model, servable.Version, work.Batch.Count, record.Request!.Id);
        return null;
    }

    /// <summary>The problem of a prediction that the journal does not take.</summary>
    internal static ScoringProblem NotRecorded(IPredictionJournal journal) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"The prediction cannot be recorded, so it is not made: {journal.Obstacle ?? "the journal has no room."}")
    {
        RetryAfter = 1,
    };

    /// <summary>What answers to a model's name and, where one is given, a version.</summary>
    internal static bool TryFind(
        ServingSnapshot snapshot,
        string name,
        string? version,
        [NotNullWhen(true)] out Servable? servable,
        [NotNullWhen(false)] out ScoringProblem? problem) => TryFind(snapshot, null, name, version, out servable, out problem);

    private static bool TryFind(
        ServingSnapshot snapshot,
        Servable? challenger,
        string name,
        string? version,
        [NotNullWhen(true)] out Servable? servable,
        [NotNullWhen(false)] out ScoringProblem? problem)
    {
        servable = null;
        problem = null;
        if (snapshot.Find(name) is not { } model)
        {
            problem = name.Length == 0 ? ScoringProblem.NoDefaultModel(snapshot) : ScoringProblem.UnknownModel(name, snapshot);
            return false;
        }

        if (model.Champion is not { } champion)
        {
            problem = ScoringProblem.NotLoaded(model);
            return false;
        }

        if (version is null)
        {
            servable = champion;
            return true;
        }

        if (int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            foreach (var loaded in model.Loaded)
            {
                if (loaded.Version == number)
                {
                    servable = loaded;
                    return true;
                }
            }

            if (challenger?.Version == number)
            {
                servable = challenger;
                return true;
            }
        }

        problem = ScoringProblem.VersionNotLoaded(model, version, challenger);
        return false;
    }

    private JournalRecord Score(HttpContext context, Servable servable, RequestWork work, IAnswerForm form, string route, long started)
    {
        using var span = ScorerTelemetry.Source.StartActivity("score");
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("model", servable.Model).SetTag("version", servable.Version).SetTag("rows", work.Batch.Count);
        }

        var outputs = work.Outputs(servable.Scorer.OutputWidth);
        var scoring = time.GetTimestamp();
        servable.Scorer.Score(work.Batch, outputs);
        telemetry.Scored(servable.Model, servable.Version, servable.Role, time.GetElapsedTime(scoring));
        var elapsed = time.GetElapsedTime(started);
        var arrived = time.GetUtcNow() - elapsed;
        var rows = new ScoredRows(servable.Manifest, servable.Answer, recorder, work.Batch, outputs, arrived) { Role = servable.Role };
        form.Write(servable, work, outputs, rows.Ids);
        return new JournalRecord(
            new RequestRecord
            {
                Id = PredictionId.Next(arrived),
                Time = arrived,
                Route = route,
                Status = StatusCodes.Status200OK,
                Rows = rows.Count,
                DurationMs = elapsed.TotalMilliseconds,
                Model = servable.Model,
                Version = servable.Version,
                Client = context.CallerName(),
                TraceId = Activity.Current?.TraceId.ToHexString(),
            },
            rows);
    }
}

/// <summary>Marks a call that its routing key gave to the challenger.</summary>
internal sealed class CanaryCall
{
    public static readonly CanaryCall Instance = new();

    private CanaryCall()
    {
    }
}
