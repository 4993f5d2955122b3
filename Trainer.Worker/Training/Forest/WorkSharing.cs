namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Shares numbered pieces of work among a fixed number of threads. Unlike <see cref="Parallel"/>'s loops with local state, which
/// give a thread back and take a new one after a fraction of a second, a worker keeps its state to the end: a state of tens of
/// megabytes is made once a thread.
/// </summary>
internal static class WorkSharing
{
    /// <summary>
    /// Calls <paramref name="work"/> for 0 to <paramref name="count"/> - 1, each once; <paramref name="begin"/> makes the state of
    /// each worker, numbered from 0. Cancels between pieces.
    /// </summary>
    public static void Run<TState>(
        int threads, int count, Func<int, TState> begin, Action<TState, int> work, CancellationToken cancellationToken)
    {
        var next = -1;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        Parallel.For(0, Math.Min(threads, count), options, (worker, loop) =>
        {
            var index = Interlocked.Increment(ref next);
            if (index >= count)
            {
                return;
            }

            var state = begin(worker);
            for (; index < count && !loop.ShouldExitCurrentIteration; index = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                work(state, index);
            }
        });
    }
}
