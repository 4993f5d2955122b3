namespace Analytics.Registry.Store;

/// <summary>A token that is cancelled with the caller's or when the time is over.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeSpan _time;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    public Deadline(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        _time = time;
        _timer = new CancellationTokenSource(time, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Gives the whole time again: for a transfer that makes progress.</summary>
    public void Renew() => _timer.CancelAfter(_time);

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
