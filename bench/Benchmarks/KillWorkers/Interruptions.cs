using Analytics.Registry.Database;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>Interrupts runs, one at a time, and measures how long each waits for the next worker.</summary>
internal sealed class Interruptions(RunBench bench, TrainerProcess[] workers, TimeSpan lease, Random random)
{
    private const string Dataset = "satellite";
    private const int Trees = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Where stopped workers were when they were stopped, and how often.</summary>
    public SortedDictionary<string, int> Places { get; } = new(StringComparer.Ordinal);

    /// <summary>All runs queued.</summary>
    public List<Guid> Runs { get; } = [];

    /// <summary>How long interrupted runs waited until a worker had them again, in seconds.</summary>
    public List<double> Waits { get; } = [];

    /// <summary>How often a run was claimed a second time because of an interruption.</summary>
    public int ClaimedAgain { get; private set; }

    /// <summary>How long an undisturbed run takes, and how many files its version has.</summary>
    public async Task<(TimeSpan Length, int Files)> RehearseAsync(CancellationToken cancellationToken)
    {
        var run = await QueueAsync("rehearsal", cancellationToken);
        var row = await bench.UntilAsync(run, Ended, Patience, cancellationToken);
        var manifest = await bench.Registry.FindManifestAsync("rehearsal", row.Version!.Value, cancellationToken);
        return (row.EndedAt!.Value - row.StartedAt!.Value, manifest!.Files.Count);
    }

    /// <summary>Kills a worker or its child at a random moment of a run, while the other worker has a run of the same model.</summary>
    public async Task KillAsync(bool worker, TimeSpan length, CancellationToken cancellationToken)
    {
        var target = await QueueAsync("shared", cancellationToken);
        await QueueAsync("shared", cancellationToken);
        var running = await bench.UntilAsync(target, r => r.State != RunState.Queued, Patience, cancellationToken);
        await Task.Delay(length * random.NextDouble(), cancellationToken);
        var victim = workers.Single(w => running.Worker!.EndsWith($"/{w.Id}", StringComparison.Ordinal));
        var attempts = TrainerProcess.AttemptsOf(victim.Id);
        var at = DateTimeOffset.UtcNow;
        if (worker || attempts.Count == 0)
        {
            victim.Kill();
            await victim.StartAsync(cancellationToken);
        }
        else
        {
            attempts.ForEach(Signals.Kill);
        }

        await WaitedAsync(target, running.Attempt, at, cancellationToken);
    }

    /// <summary>Stops a worker, lets its lease pass and another take the run, and then lets it go on.</summary>
    public async Task StopAsync(CommitWatch.Point? point, TimeSpan length, int files, CancellationToken cancellationToken)
    {
        // A model of its own: then the store says by itself how far the run was.
        var model = $"stopped-{Runs.Count}";
        var victim = 0;
        var watch = point is { } where
            ? new CommitWatch(bench.StoreFolder, model, where, files, () => Signals.Stop(Volatile.Read(ref victim)))
            : null;

        using (watch)
        {
            var target = await QueueAsync(model, cancellationToken);
            var running = await bench.UntilAsync(target, r => r.State != RunState.Queued, Patience, cancellationToken);
            Volatile.Write(ref victim, workers.Single(w => running.Worker!.EndsWith($"/{w.Id}", StringComparison.Ordinal)).Id);
            if (watch is null)
            {
                await Task.Delay(length * random.NextDouble(), cancellationToken);
                Signals.Stop(victim);
            }
            else
            {
                await watch.Acted.WaitAsync(Patience, cancellationToken);
            }

            var at = DateTimeOffset.UtcNow;
            Count(model, files);
            await WaitedAsync(target, running.Attempt, at, cancellationToken);
            // Long enough for the other to be anywhere in its own attempt, or done.
            await Task.Delay(lease + (length * random.NextDouble()), cancellationToken);
            Signals.Continue(victim);
            await bench.UntilAsync(target, Ended, Patience, cancellationToken);
        }
    }

    /// <summary>A run of several leases' length, with two workers looking for work; returns its seconds and attempts.</summary>
    public async Task<(double Seconds, int Attempts)> RunLongAsync(TimeSpan atLeast, CancellationToken cancellationToken)
    {
        for (var trees = 150; ; trees *= 2)
        {
            var run = await bench.QueueAsync("long", "letter", trees, cancellationToken);
            Runs.Add(run);
            var row = await bench.UntilAsync(run, Ended, TimeSpan.FromMinutes(5), cancellationToken);
            var length = row.EndedAt!.Value - row.StartedAt!.Value;
            if (length >= atLeast || row.Attempt > 1)
            {
                return (length.TotalSeconds, row.Attempt);
            }
        }
    }

    /// <summary>PostgreSQL is stopped in the middle of two runs with two more waiting, and comes back.</summary>
    public async Task OutageAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var runs = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            runs.Add(await QueueAsync("outage", cancellationToken));
        }

        await bench.UntilAsync(runs[0], r => r.Stage is not null, Patience, cancellationToken);
        await bench.Postgres.StopAsync();
        await Task.Delay(length, cancellationToken);
        await bench.Postgres.StartAsync();
        foreach (var run in runs)
        {
            await bench.UntilAsync(run, Ended, Patience, cancellationToken);
        }
    }

    public static bool Ended(TrainingRun run) => run.State is RunState.Succeeded or RunState.Failed or RunState.Cancelled;

    private async Task<Guid> QueueAsync(string model, CancellationToken cancellationToken)
    {
        Runs.Add(await bench.QueueAsync(model, Dataset, Trees, cancellationToken));
        return Runs[^1];
    }

    // A run that was over before it was hit waits for nobody.
    private async Task WaitedAsync(Guid run, int attempt, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var row = await bench.UntilAsync(run, r => Ended(r) || r.Attempt > attempt, Patience, cancellationToken);
        if (row.Attempt > attempt)
        {
            ClaimedAgain++;
            Waits.Add((row.StartedAt!.Value - since).TotalSeconds);
        }
    }

    private void Count(string model, int files)
    {
        var place = CommitWatch.State(bench.StoreFolder, model) switch
        {
            (0, _, _) => "before the blobs",
            var (blobs, _, _) when blobs < files => "between blobs",
            (_, false, _) => "between blobs and manifest",
            (_, true, false) => "between manifest and alias",
            _ => "after the alias",
        };
        Places[place] = Places.GetValueOrDefault(place) + 1;
    }
}
