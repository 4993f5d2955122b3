using Polly;
using Polly.Retry;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Tries a call of the store or the database again while they are away, with growing delays (0.5 s to 30 s), until it answers
/// or the caller gives up: hours of training are not thrown away for a minute's outage.
/// </summary>
internal sealed partial class Persistence(TimeProvider time, ILogger<Persistence> logger)
{
    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && Outage.IsTransient(e)),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(500),
            MaxDelay = TimeSpan.FromSeconds(30),
            UseJitter = true,
            OnRetry = args =>
            {
                LogRetry(logger, args.AttemptNumber + 1, args.RetryDelay.TotalSeconds, Outage.Reason(args.Outcome.Exception!));
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <summary>Calls until an answer.</summary>
    public Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        _pipeline.ExecuteAsync(async token => await call(token), cancellationToken).AsTask();

    /// <summary>Calls until done.</summary>
    public Task CallAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        _pipeline.ExecuteAsync(async token => await call(token), cancellationToken).AsTask();

    [LoggerMessage(LogLevel.Warning, "The store or the database is away (attempt {Attempt}, next in {Seconds:F1} s): {Reason}")]
    private static partial void LogRetry(ILogger logger, int attempt, double seconds, string reason);
}
