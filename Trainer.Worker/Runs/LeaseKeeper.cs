using System.Diagnostics;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Keeps a lease while its run is worked on, and says when to stop: the lease is lost, or an operator cancelled the run. It looks
/// for that with each poll, so that a cancel does not wait for the next heartbeat. A database that is away stops nothing:
/// whether the lease was lost is known when it is back.
/// </summary>
internal sealed partial class LeaseKeeper : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _end = new();
    private readonly RunQueue _queue;
    private readonly RunLease _lease;
    private readonly TrainerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _beating;
    private volatile bool _lost;
    private volatile bool _cancelRequested;

    public LeaseKeeper(RunQueue queue, RunLease lease, TrainerOptions options, TimeProvider time, ILogger logger)
    {
        (_queue, _lease, _options, _time, _logger) = (queue, lease, options, time, logger);
        _beating = BeatAsync();
    }

    /// <summary>Cancelled when the run must stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>True when another worker has the run, or nobody.</summary>
    public bool Lost => _lost;

    /// <summary>True when an operator asked to cancel.</summary>
    public bool CancelRequested => _cancelRequested;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _beating;
        _end.Dispose();
        _stop.Dispose();
    }

    private async Task BeatAsync()
    {
        // An hour's heartbeats would bury the run's trace.
        Activity.Current = null;
        using var timer = new PeriodicTimer(_options.Poll < _options.Heartbeat ? _options.Poll : _options.Heartbeat, _time);
        var beaten = _time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token) && !_lost)
            {
                // The claim was the first heartbeat. A tick that comes a little early must not put one off by a whole poll.
                var due = _time.GetElapsedTime(beaten) >= _options.Heartbeat * 0.9;
                if (due)
                {
                    beaten = _time.GetTimestamp();
                }

                await TryBeatAsync(due);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    private async Task TryBeatAsync(bool due)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        bound.CancelAfter(_options.Heartbeat);
        try
        {
            var beat = due
                ? await _queue.BeatAsync(_lease, _options.Lease, bound.Token)
                : await _queue.LookAsync(_lease, bound.Token);
            _lost = !beat.Held;
            _cancelRequested = beat.CancelRequested;
            if (_lost || _cancelRequested)
            {
                await _stop.CancelAsync();
            }
        }
        catch (Exception e) when (!_end.IsCancellationRequested)
        {
            LogMissed(_logger, Outage.Reason(e));
        }
    }

    [LoggerMessage(LogLevel.Warning, "A heartbeat did not reach the database: {Reason}")]
    private static partial void LogMissed(ILogger logger, string reason);
}
