using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Overload;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>
/// Answers requests whose rows come as CSV or NDJSON, of any length: a piece is read, scored, journalled and answered before the
/// next is read, so a request takes the memory of a piece. All its rows are scored by the version that it began with.
/// </summary>
internal sealed class BatchHandler(
    ChallengerRoster challengers, IPredictionJournal journal, InputRecorder recorder, ScorerTelemetry telemetry, IOptions<ScorerOptions> options,
    IOptions<OverloadOptions> overload, TimeProvider time, ILogger<BatchHandler> logger)
{
    private readonly int _maxRecordBytes = options.Value.MaxRowBytes;
    private readonly TimeSpan _patience = overload.Value.RequestTimeout;

    /// <summary>Answers, or returns why not; nothing has been written then.</summary>
    public ValueTask<ScoringProblem?> AnswerAsync(
        HttpContext context, Servable servable, RequestFormats formats, string route, long started) =>
        AnswerAsync(
            context, servable, formats.Body == BodyFormat.Csv ? new CsvRowReader(servable.Columns) : new NdjsonRowReader(),
            AnswerStream.Create(formats.Answer, servable.Answer), route, started);

    /// <summary>The same for rows and an answer of any form.</summary>
    public async ValueTask<ScoringProblem?> AnswerAsync(
        HttpContext context, Servable servable, IRowReader rows, AnswerStream answer, string route, long started)
    {
        // Not returned after an exception, as in the other handler.
        var work = servable.Rent();
        var arrived = time.GetUtcNow() - time.GetElapsedTime(started);
        var batch = new Batch(context, servable, work, answer, route, arrived, challengers, journal, recorder, telemetry, time);
        ScoringProblem? problem;
        try
        {
            problem = await ReadAllAsync(context, batch, rows);
        }
        catch (Exception e) when (batch.Rows > 0)
        {
            var closed = context.RequestAborted.IsCancellationRequested;
            await EndAsync(
                context, batch, started,
                closed ? RequestHistory.ClientClosedRequest : StatusCodes.Status500InternalServerError,
                closed ? RequestHistory.ClientClosedError : e.GetType().Name);
            throw;
        }

        if (problem is not null && !batch.HasStarted)
        {
            servable.Return(work);
            return problem;
        }

        if (problem is not null)
        {
            // The rows before the bad one are good, and were gathered to be answered.
            await batch.ScoreAsync();
        }

        await EndAsync(
            context, batch, started, problem?.Status ?? StatusCodes.Status200OK,
            recorder.Of(servable.Model) == InputLogging.Logged ? problem?.Detail : problem?.DetailWithoutInput);
        if (problem is null)
        {
            await batch.CompleteAsync();
        }
        else
        {
            PredictionLog.Refused(logger, problem.Status, problem.Detail);
            // The answer said 200 and is not whole: the connection is cut, so that nobody takes it for the end.
            context.Abort();
        }

        servable.Return(work);
        return null;
    }

    private async ValueTask<ScoringProblem?> ReadAllAsync(HttpContext context, Batch batch, IRowReader rows)
    {
        using var records = new RecordReader(context.Request.BodyReader, _maxRecordBytes, rows.IsQuoted);
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, context.RequestAborted);
        while (true)
        {
            while (records.TryRead())
            {
                if (rows.Read(records.Record, records.Line, batch.Work) is { } problem
                    && (rows.IsHopeless || await batch.SkipAsync(problem) is not null))
                {
                    return problem;
                }

                if (batch.IsFull && await batch.ScoreAsync() is { } full)
                {
                    return full;
                }
            }

            if (records.IsTooLong)
            {
                return TooLong(batch.NextRow);
            }

            try
            {
                idle.CancelAfter(_patience);
                // Whoever sends rows one by one has the answers to those he sent, before more is waited for.
                if (!records.HasMore && await batch.ScoreAsync() is { } full)
                {
                    return full;
                }

                if (!await records.FillAsync(either.Token))
                {
                    break;
                }

                idle.CancelAfter(Timeout.InfiniteTimeSpan);
            }
            catch (OperationCanceledException) when (idle.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                return OverloadProblems.SlowBody(_patience);
            }
            catch (BadHttpRequestException e)
            {
                return ScoringProblem.BrokenBody(e);
            }
        }

        return rows.FindProblemAtEnd(batch.NextRow > 0) ?? await batch.ScoreAsync();
    }

    private async ValueTask EndAsync(HttpContext context, Batch batch, long started, int status, string? error)
    {
        context.Features.Set(RequestHistory.Written);
        await journal.AppendAsync(JournalRecord.Streamed(
            batch.Record(status, batch.Rows, time.GetElapsedTime(started).TotalMilliseconds, error)));
    }

    private ScoringProblem TooLong(int row) => new(
        StatusCodes.Status413PayloadTooLarge, $"Row {row} is longer than {_maxRecordBytes} bytes (Scorer:MaxRowBytes).")
    {
        Row = row,
        Expected = $"at most {_maxRecordBytes} bytes",
    };
}
