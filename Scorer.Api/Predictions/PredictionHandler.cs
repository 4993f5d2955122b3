using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Predictions.Batches;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.ApiKeys;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// Answers prediction requests. This is the hot path: the body is parsed where it lies into reused columns, scored, appended
/// to the journal and only then answered; nothing is bound, boxed or looked up that could be known before.
/// </summary>
internal sealed class PredictionHandler(
    ServingCatalog catalog, BatchHandler batches, IPredictionJournal journal, InputRecorder recorder, ScorerTelemetry telemetry, IOptions<ScorerOptions> options,
    TimeProvider time, ILogger<PredictionHandler> logger)
{
    /// <summary>Answers larger than this are handed over at the connection's pace, not kept until the end.</summary>
    private const int FlushBytes = 64 * 1024;

    private readonly string _defaultModel = options.Value.DefaultModel;
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;
    private readonly BodyReader<RequestWork> _readBody = ReaderOf(options.Value.MaxRows);

    /// <summary><c>POST /predict</c></summary>
    public Task PredictDefault(HttpContext context) => PredictAsync(context, _defaultModel, null, PredictionsApi.DefaultRoute);

    /// <summary><c>POST /models/{model}/predict</c></summary>
    public Task PredictModel(HttpContext context) =>
        PredictAsync(context, (string)context.Request.RouteValues["model"]!, null, PredictionsApi.ModelRoute);

    /// <summary><c>POST /models/{model}/versions/{version}/predict</c></summary>
    public Task PredictVersion(HttpContext context) => PredictAsync(
        context, (string)context.Request.RouteValues["model"]!, (string)context.Request.RouteValues["version"]!, PredictionsApi.VersionRoute);

    private async Task PredictAsync(HttpContext context, string model, string? version, string route)
    {
        var started = time.GetTimestamp();
        if (!TryAcquire(context, model, version, out var servable, out var formats, out var problem))
        {
            await problem.ExecuteAsync(context);
            return;
        }

        try
        {
            problem = formats.IsStreamed
                ? await batches.AnswerAsync(context, servable, formats, route, started)
                : await AnswerAsync(context, servable, formats.Answer, route, started);
        }
        finally
        {
            servable.Release();
        }

        if (problem is not null)
        {
            await problem.ExecuteAsync(context);
        }
    }

    /// <summary>Answers with predictions, or returns why not; nothing has been written then.</summary>
    private async ValueTask<ScoringProblem?> AnswerAsync(
        HttpContext context, Servable servable, BodyFormat format, string route, long started)
    {
        // Not returned after an exception: what a failed request left in its buffers is not worth knowing.
        var work = servable.Rent();
        ScoringProblem? problem;
        using (ScorerTelemetry.Source.StartActivity("validate"))
        {
            problem = await RequestBody.ReadAsync(context.Request, _maxBodyBytes, work, _readBody);
        }

        if (problem is null)
        {
            var record = Score(context, servable, work, format, route, started);
            bool kept;
            using (ScorerTelemetry.Source.StartActivity("journal"))
            {
                kept = await journal.AppendAsync(record);
            }

            problem = kept ? null : NotRecorded(journal);
            if (kept)
            {
                telemetry.Predicted(servable.Model, servable.Version, work.Batch.Count);
                PredictionLog.Predicted(logger, servable.Model, servable.Version, work.Batch.Count, record.Request!.Id);
                await WriteAsync(context, work, format);
            }
        }

        servable.Return(work);
        return problem;
    }

    private JournalRecord Score(HttpContext context, Servable servable, RequestWork work, BodyFormat format, string route, long started)
    {
        using var span = ScorerTelemetry.Source.StartActivity("score");
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("model", servable.Model).SetTag("version", servable.Version).SetTag("rows", work.Batch.Count);
        }

        var outputs = work.Outputs(servable.Scorer.OutputWidth);
        servable.Scorer.Score(work.Batch, outputs);
        var elapsed = time.GetElapsedTime(started);
        var arrived = time.GetUtcNow() - elapsed;
        var rows = new ScoredRows(servable.Manifest, servable.Answer, recorder, work.Batch, outputs, arrived);
        if (format == BodyFormat.Json)
        {
            servable.Answer.Write(work.Writer, work.Many, outputs, rows.Ids);
        }
        else
        {
            var answer = AnswerStream.Create(format, servable.Answer);
            answer.Begin(work);
            answer.Write(work, outputs, rows.Ids);
            answer.End(work);
        }

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

    private static ValueTask WriteAsync(HttpContext context, RequestWork work, BodyFormat format)
    {
        var response = context.Response;
        response.ContentType = AnswerStream.ContentTypeOf(format);
        response.ContentLength = work.Answer.WrittenCount;
        if (work.Answer.WrittenCount <= FlushBytes)
        {
            // Sent with the end of the response, in one piece with its headers.
            response.BodyWriter.Write(work.Answer.WrittenSpan);
            return ValueTask.CompletedTask;
        }

        return WriteLargeAsync(context, work);
    }

    private static async ValueTask WriteLargeAsync(HttpContext context, RequestWork work)
    {
        for (var left = work.Answer.WrittenMemory; !left.IsEmpty;)
        {
            var piece = left[..Math.Min(left.Length, FlushBytes)];
            await context.Response.BodyWriter.WriteAsync(piece, context.RequestAborted);
            left = left[piece.Length..];
        }
    }

    /// <summary>The problem of a prediction that the journal does not take.</summary>
    internal static ScoringProblem NotRecorded(IPredictionJournal journal) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"The prediction cannot be recorded, so it is not made: {journal.Obstacle ?? "the journal has no room."}")
    {
        RetryAfter = 1,
    };

    private bool TryAcquire(
        HttpContext context,
        string model,
        string? version,
        [NotNullWhen(true)] out Servable? servable,
        out RequestFormats formats,
        [NotNullWhen(false)] out ScoringProblem? problem)
    {
        servable = null;
        problem = RequestFormats.Find(context.Request, out formats);
        if (problem is not null)
        {
            return false;
        }

        if (!journal.HasRoom)
        {
            problem = NotRecorded(journal);
            return false;
        }

        while (true)
        {
            if (!TryFind(catalog.Current, model, version, out servable, out problem))
            {
                return false;
            }

            // False: replaced since the snapshot was read; the next one does not have it any more.
            if (servable.TryAcquire())
            {
                return true;
            }
        }
    }

    private static bool TryFind(
        ServingSnapshot snapshot,
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
        }

        problem = ScoringProblem.VersionNotLoaded(model, version);
        return false;
    }

    private static BodyReader<RequestWork> ReaderOf(int maxRows) => (body, work) => PredictRequestReader.Read(body, work, maxRows);
}
