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

    private readonly Channel<(string Stage, double Progress)> _news = Channel.CreateBounded<(string, double)>(
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
    private Activity? _span;
    private string? _stage;
    private long _since;

    public RunProgress(
        RunQueue queue, RunLease lease, RunTelemetry telemetry, Activity? attempt, TimeProvider time, ILogger logger)
    {
        (_queue, _lease, _telemetry, _attempt, _time, _logger) = (queue, lease, telemetry, attempt, time, logger);
        _writing = WriteAsync();
    }

    /// <summary>
    /// The attempt is in this stage, with this share of all its work done (0 to 1). Not for two threads at once.
    /// </summary>
    public void Enter(string stage, double progress)
    {
        if (stage != _stage)
        {
            EndStage();
            _stage = stage;
            _since = _time.GetTimestamp();
            _span = _telemetry.StartStage(stage, _attempt?.Context ?? default);
            LogStage(_logger, stage);
        }

        _news.Writer.TryWrite((stage, progress));
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

    private async Task WriteAsync()
    {
        // The calling thread must not be held by the first write.
        await Task.Yield();
        // The run's trace is about the work, not about telling of it.
        Activity.Current = null;
        await foreach (var (stage, progress) in _news.Reader.ReadAllAsync())
        {
            try
            {
                await _queue.ReportAsync(_lease, stage, progress, _attempt?.TraceId.ToHexString(), _end.Token);
            }
            catch (Exception e) when (Outage.IsTransient(e) || _end.IsCancellationRequested)
            {
                LogNotWritten(_logger, stage, Outage.Reason(e));
            }

            await Task.Delay(BetweenWrites, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Stage {Stage}")]
    private static partial void LogStage(ILogger logger, string stage);

    [LoggerMessage(LogLevel.Warning, "The progress (stage {Stage}) is not in the database: {Reason}")]
    private static partial void LogNotWritten(ILogger logger, string stage, string reason);
}
