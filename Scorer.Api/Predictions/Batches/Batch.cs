using System.Diagnostics;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.ApiKeys;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>A streamed request under way: the piece that is gathered, and what was answered so far.</summary>
internal sealed class Batch(
    HttpContext context, Servable servable, RequestWork work, AnswerStream answer, string route, DateTimeOffset arrived,
    ChallengerRoster challengers, IPredictionJournal journal, InputRecorder recorder, ScorerTelemetry telemetry, TimeProvider time)
{
    private const int PieceRows = 1_000;
    private const int PieceCells = 64 * 1024;
    private const int FlushBytes = 64 * 1024;

    private readonly Guid _id = PredictionId.Next(arrived);
    private readonly int _pieceRows = Math.Clamp(PieceCells / Math.Max(1, servable.Columns.Count), 1, PieceRows);

    public RequestWork Work => work;

    /// <summary>The rows scored and answered.</summary>
    public int Rows { get; private set; }

    /// <summary>The index of the row that comes next, those that were skipped counted too.</summary>
    public int NextRow => work.FirstRow + work.Batch.Count;

    /// <summary>True when the answer has begun: from here on it can only be broken off.</summary>
    public bool HasStarted { get; private set; }

    public bool IsFull => work.Batch.Count >= _pieceRows;

    /// <summary>The request as the history has it.</summary>
    public RequestRecord Record(int status, int rows, double durationMs, string? error) => new()
    {
        Id = _id,
        Time = arrived,
        Route = route,
        Status = status,
        Rows = rows,
        DurationMs = durationMs,
        Model = servable.Model,
        Version = servable.Version,
        Client = context.CallerName(),
        TraceId = Activity.Current?.TraceId.ToHexString(),
        Error = error,
    };

    /// <summary>Puts the problem in the row's place; gives it back where the form of the answer has no place for it.</summary>
    public async ValueTask<ScoringProblem?> SkipAsync(ScoringProblem problem)
    {
        if (!answer.TakesErrors)
        {
            return problem;
        }

        if (await ScoreAsync(send: false) is { } full)
        {
            return full;
        }

        Start();
        answer.WriteError(work, problem);
        work.SkipRow();
        if (work.Answer.WrittenCount >= FlushBytes)
        {
            await SendAsync();
        }

        return null;
    }

    /// <summary>Scores, journals and answers the piece; a problem where it cannot be kept.</summary>
    public async ValueTask<ScoringProblem?> ScoreAsync(bool send = true)
    {
        if (work.Batch.Count > 0)
        {
            using var span = ScorerTelemetry.Source.StartActivity("score");
            var record = Score(out var rows);
            if (!await journal.AppendAsync(record))
            {
                return ScoringPipeline.NotRecorded(journal);
            }

            challengers.Offer(servable, work, work.Outputs(servable.Scorer.OutputWidth), record.Request!);
            telemetry.Predicted(servable.Model, servable.Version, rows.Count, servable.Role);
            Start();
            answer.Write(work, work.Outputs(servable.Scorer.OutputWidth), rows.Ids);
            Rows += rows.Count;
            work.NextPiece();
        }

        if (send && work.Answer.WrittenCount > 0)
        {
            await SendAsync();
        }

        return null;
    }

    /// <summary>Writes the end of the answer.</summary>
    public async ValueTask CompleteAsync()
    {
        answer.End(work);
        await SendAsync();
    }

    private JournalRecord Score(out ScoredRows rows)
    {
        var outputs = work.Outputs(servable.Scorer.OutputWidth);
        var scoring = time.GetTimestamp();
        servable.Scorer.Score(work.Batch, outputs);
        telemetry.Scored(servable.Model, servable.Version, servable.Role, time.GetElapsedTime(scoring));
        rows = new ScoredRows(servable.Manifest, servable.Answer, recorder, work.Batch, outputs, arrived) { Role = servable.Role };
        return JournalRecord.Piece(Record(StatusCodes.Status200OK, rows.Count, 0, null), rows, work.FirstRow);
    }

    private void Start()
    {
        if (HasStarted)
        {
            return;
        }

        HasStarted = true;
        context.Response.ContentType = answer.ContentType;
        answer.Begin(work);
    }

    private async ValueTask SendAsync()
    {
        await context.Response.BodyWriter.WriteAsync(work.Answer.WrittenMemory, context.RequestAborted);
        work.Answer.ResetWrittenCount();
    }
}
