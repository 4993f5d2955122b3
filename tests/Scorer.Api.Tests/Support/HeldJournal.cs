using Analytics.Registry.Journal;
using Analytics.Scorer.Api.Journal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>The scorer's own journal behind a door: while it is closed, answers wait as they would for a slow disk.</summary>
internal sealed class HeldJournal(IPredictionJournal inner, HeldJournal.Door door) : IPredictionJournal
{
    public string? Obstacle => inner.Obstacle;

    /// <summary>Puts the door before the journal that the services have.</summary>
    public static void Hold(IServiceCollection services, Door door)
    {
        var own = services.Last(s => s.ServiceType == typeof(IPredictionJournal));
        services.RemoveAll<IPredictionJournal>();
        services.AddSingleton<IPredictionJournal>(provider =>
            new HeldJournal((IPredictionJournal)own.ImplementationFactory!(provider), door));
    }

    public async ValueTask<bool> AppendAsync(JournalRecord record)
    {
        // Refused requests pass: they are recorded after their answer.
        if (record.Kind != JournalRecordKind.Rejected)
        {
            await door.PassAsync();
        }

        return await inner.AppendAsync(record);
    }

    /// <summary>Opened once, for all.</summary>
    internal sealed class Door
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiting;

        /// <summary>How many wait before it.</summary>
        public int Waiting => Volatile.Read(ref _waiting);

        public void Open() => _open.SetResult();

        public async Task PassAsync()
        {
            Interlocked.Increment(ref _waiting);
            await _open.Task;
            Interlocked.Decrement(ref _waiting);
        }
    }
}
