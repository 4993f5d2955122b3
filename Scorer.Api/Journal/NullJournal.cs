namespace Analytics.Scorer.Api.Journal;

/// <summary>Keeps nothing (<see cref="JournalSink.None"/>), and says so when the service starts.</summary>
internal sealed class NullJournal(ILogger<NullJournal> logger) : IPredictionJournal, IHostedService
{
    public string? Obstacle => null;

    public ValueTask<bool> AppendAsync(JournalRecord record) => ValueTask.FromResult(true);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        JournalLog.KeepsNothing(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
