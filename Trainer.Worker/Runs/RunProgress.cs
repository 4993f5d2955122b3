using System.Diagnostics;
using System.Threading.Channels;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Where an attempt is: a span and a duration for each stage, and the row's stage and progress. The row is written behind, the
/// newest state only, so a slow or absent database holds nothing up.
/// </summary>
internal sealed partial class RunProgress : IAsyncDisposable
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private readonly Channel<Position> _news = Channel.CreateBounded<Position>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly RunQueue _queue;
    private readonly RunLease _lease;
    private readonly RunTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Activity? _attempt;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _writing;
    private readonly Pace _pace;
    private readonly long _start;
    private Activity? _span;
    private string? _stage;
    private long _since;
    private long _said;

    public RunProgress(
        RunQueue queue, RunLease lease, RunTelemetry telemetry, Activity? attempt, TimeProvider time, ILogger logger)
    {
        (_queue, _lease, _telemetry, _attempt, _time, _logger) = (queue, lease, telemetry, attempt, time, logger);
        _start = _time.GetTimestamp();
        _pace = new Pace(TimeSpan.Zero);
        _writing = WriteAsync();
    }

    /// <summary>
    /// The attempt is in this stage, with this share of all its work done (0 to 1), on so many rows where that is known. Not for
    /// two threads at once.
    /// </summary>
    public void Enter(string stage, double progress, long? rows = null)
    {
        var position = _pace.Advance(_time.GetElapsedTime(_start), stage, progress, rows);
        if (stage != _stage)
        {
            EndStage();
            _stage = stage;
            _since = _time.GetTimestamp();
            _span = _telemetry.StartStage(stage, _attempt?.Context ?? default);
            Say(position);
        }
        else if (_time.GetElapsedTime(_said) >= BetweenLines)
        {
            Say(position);
        }

        _news.Writer.TryWrite(position);
    }

    /// <summary>Ends the last stage and waits for the row's last write.</summary>
    public async ValueTask DisposeAsync()
    {
        EndStage();
        _news.Writer.TryComplete();
        await _closing.CancelAsync();
        // Nothing hangs on this write: what follows it writes the row's final state.
        _end.CancelAfter(LastWrite);
        await _writing;
        _end.Dispose();
        _closing.Dispose();
    }

    private void EndStage()
    {
        if (_stage is not null)
        {
            _telemetry.StageEnded(_stage, _time.GetElapsedTime(_since), _lease.Run.Model);
            _span?.Dispose();
            (_stage, _span) = (null, null);
        }
    }

    private void Say(Position position)
    {
        _said = _time.GetTimestamp();
        if (position is { RowsPerSecond: { } pace, Remaining: { } remaining })
        {
            LogPace(_logger, position.Stage, position.Progress, pace, remaining.TotalSeconds);
        }
        else
        {
            LogStage(_logger, position.Stage, position.Progress);
        }
    }

    private async Task WriteAsync()
    {
        // The calling thread must not be held by the first write.
        await Task.Yield();
        // The run's trace is about the work, not about telling of it.
        Activity.Current = null;
        await foreach (var position in _news.Reader.ReadAllAsync())
        {
            try
            {
                await _queue.ReportAsync(_lease, position, _attempt?.TraceId.ToHexString(), _end.Token);
            }
            catch (Exception e) when (Outage.IsTransient(e) || _end.IsCancellationRequested)
            {
                LogNotWritten(_logger, position.Stage, Outage.Reason(e));
            }

            await Task.Delay(BetweenWrites, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Information, "Stage {Stage}, {Progress:P0} done")]
    private static partial void LogStage(ILogger logger, string stage, double progress);

    [LoggerMessage(LogLevel.Information, "Stage {Stage}, {Progress:P0} done, {RowsPerSecond:F0} rows/s, {Seconds:F0} s left")]
    private static partial void LogPace(ILogger logger, string stage, double progress, double rowsPerSecond, double seconds);

    [LoggerMessage(LogLevel.Warning, "The progress (stage {Stage}) is not in the database: {Reason}")]
    private static partial void LogNotWritten(ILogger logger, string stage, string reason);
}
