using System.IO.Pipelines;
using System.Threading.RateLimiting;
using Analytics.Scorer.Api.Predictions;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Overload;

/// <summary>
/// Lets requests in: first a client's rate, then the whole body, then a place among those that are worked on. A body that is slow in coming holds no
/// place, so slow clients cost a connection and nothing of the others' turn. Who cannot be served in time hears so at once or when its time is up, and
/// nothing is scored that nobody waits for any more. A request whose body is there and for which a place is free passes
/// without a timer and without waiting.
/// </summary>
internal sealed class Admission : IDisposable
{
    private readonly ConcurrencyLimiter _places;
    private readonly ClientRates? _rates;
    private readonly GracefulStop _stop;
    private readonly AdmissionMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly int _maxBodyBytes;

    public Admission(
        IOptions<OverloadOptions> options, IOptions<ScorerOptions> scorer, GracefulStop stop, AdmissionMetrics metrics, TimeProvider time)
    {
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Value.Concurrency,
            QueueLimit = options.Value.MaxQueue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        _rates = ClientRates.Create(options.Value);
        _stop = stop;
        _metrics = metrics;
        _time = time;
        _timeout = options.Value.RequestTimeout;
        _maxBodyBytes = scorer.Value.MaxBodyBytes;
        metrics.Observe(_places, options.Value.Concurrency);
    }

    /// <summary>Calls <paramref name="next"/>, or answers with the problem that keeps the request out.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_stop.IsStopping)
        {
            context.Response.Headers.Connection = "close";
        }

        if (_rates is not null && !_rates.TryPass(context, out var problem))
        {
            return RefuseAsync(context, "rate", problem);
        }

        if (!IsWhole(context.Request))
        {
            return WaitAsync(context, next, waitForBody: true);
        }

        var place = _places.AttemptAcquire();
        return place.IsAcquired ? InvokeAsync(context, next, place) : WaitAsync(context, next, waitForBody: false);
    }

    public void Dispose()
    {
        _places.Dispose();
        _rates?.Dispose();
    }

    private static Task InvokeAsync(HttpContext context, RequestDelegate next, RateLimitLease place)
    {
        var answer = next(context);
        if (!answer.IsCompleted)
        {
            return LeaveAfterAsync(answer, place);
        }

        place.Dispose();
        return answer;
    }

    private static async Task LeaveAfterAsync(Task answer, RateLimitLease place)
    {
        using (place)
        {
            await answer;
        }
    }

    private async Task WaitAsync(HttpContext context, RequestDelegate next, bool waitForBody)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.LastCall, context.RequestAborted);
        if (waitForBody && await WaitForBodyAsync(context.Request, timeout.Token, either.Token) is { } problem)
        {
            // Whatever of the body still comes is not wanted: the connection cannot serve another request.
            context.Response.Headers.Connection = "close";
            await RefuseAsync(context, "body", problem);
            return;
        }

        RateLimitLease place;
        try
        {
            place = await _places.AcquireAsync(1, either.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, "queue-time", timeout.IsCancellationRequested ? OverloadProblems.NoTurn(_timeout) : OverloadProblems.Stopping);
            return;
        }

        if (!place.IsAcquired)
        {
            place.Dispose();
            await RefuseAsync(context, "queue-full", OverloadProblems.QueueFull);
            return;
        }

        await InvokeAsync(context, next, place);
    }

    /// <summary>True when all of the body is in the connection's buffer, or when the handler refuses the request without reading it.</summary>
    private bool IsWhole(HttpRequest request)
    {
        if (request.ContentLength > _maxBodyBytes
            || (request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<ReadWhole>() is null
                && (RequestFormats.Find(request, out var formats) is not null || formats.IsStreamed)))
        {
            return true;
        }

        try
        {
            return request.BodyReader.TryRead(out var read) && Look(request.BodyReader, read);
        }
        catch (BadHttpRequestException)
        {
            // The handler meets it again, and says it in the answer.
            return true;
        }
    }

    private async ValueTask<ScoringProblem?> WaitForBodyAsync(HttpRequest request, CancellationToken timeout, CancellationToken either)
    {
        // The read is not given the token: one that ends by a token leaves the server's reader in the middle of a read, and it complains.
        await using var cancel = either.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), request.BodyReader);
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(CancellationToken.None);
                if (Look(request.BodyReader, read))
                {
                    return null;
                }

                if (read.IsCanceled)
                {
                    request.HttpContext.RequestAborted.ThrowIfCancellationRequested();
                    return timeout.IsCancellationRequested ? OverloadProblems.SlowBody(_timeout) : OverloadProblems.Stopping;
                }
            }
        }
        catch (BadHttpRequestException e)
        {
            return ScoringProblem.BrokenBody(e);
        }
    }

    /// <summary>Leaves what was read for the handler; true when there will be no more of it, or more than is taken.</summary>
    private bool Look(PipeReader body, ReadResult read)
    {
        var enough = read.IsCompleted || read.Buffer.Length > _maxBodyBytes;
        body.AdvanceTo(read.Buffer.Start, enough ? read.Buffer.Start : read.Buffer.End);
        return enough;
    }

    private Task RefuseAsync(HttpContext context, string reason, ScoringProblem problem)
    {
        _metrics.Refused(reason);
        return problem.ExecuteAsync(context);
    }
}
