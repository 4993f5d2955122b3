namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Writes the journal to the disk on a thread of its own: after each interval, or for those who wait for it, who share a flush when
/// they come while the one before is under way.
/// </summary>
internal sealed class JournalFlusher : IDisposable
{
    private readonly Func<bool> _flush;
    private readonly bool _isAwaited;
    private readonly TimeSpan _interval;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private TaskCompletionSource<bool> _group = NewGroup();
    private bool _isWritten;
    private bool _isStopping;

    /// <param name="options">Which of the two.</param>
    /// <param name="flush">Flushes what has been appended before the call; false when it could not.</param>
    public JournalFlusher(JournalOptions options, Func<bool> flush)
    {
        _flush = flush;
        _isAwaited = options.Flush == JournalFlush.Always;
        _interval = options.FlushInterval;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal flush" };
        _thread.Start();
    }

    /// <summary>Called after an append; ends when the record has survived what it should, false when it may have not.</summary>
    public ValueTask<bool> WrittenAsync()
    {
        if (!_isAwaited)
        {
            Volatile.Write(ref _isWritten, true);
            return ValueTask.FromResult(true);
        }

        Task<bool> group;
        lock (_gate)
        {
            group = _group.Task;
            _isWritten = true;
        }

        _wake.Set();
        return new ValueTask<bool>(group);
    }

    public void Dispose()
    {
        Volatile.Write(ref _isStopping, true);
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        while (!Volatile.Read(ref _isStopping))
        {
            _wake.WaitOne(_isAwaited ? Timeout.InfiniteTimeSpan : _interval);
            if (Volatile.Read(ref _isWritten))
            {
                FlushGroup();
            }
        }

        FlushGroup();
    }

    private void FlushGroup()
    {
        // In this order: those of the group have appended before.
        var group = NextGroup();
        group.SetResult(_flush());
    }

    private TaskCompletionSource<bool> NextGroup()
    {
        lock (_gate)
        {
            var group = _group;
            _group = NewGroup();
            _isWritten = false;
            return group;
        }
    }

    // Whoever waits goes on elsewhere: this thread has the next flush to do.
    private static TaskCompletionSource<bool> NewGroup() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
