using System.Globalization;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>
/// <c>cancel [CANCELS] [SEED]</c>: a trainer with its default settings, whose runs are cancelled at random moments, and as soon as the
/// first of their files is in the store. Measured: from the wish (for those held in their commit: from
/// their going on) to the row's end, the run's process being gone.
/// </summary>
internal static class CancelCommand
{
    private const int Trees = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Longer than a poll: the wish is seen as soon as the worker goes on, in the middle of its commit.
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(1.5);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var cancels = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60;
        var random = new Random(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount);
        await using var bench = await RunBench.StartAsync(new Dictionary<string, string>(), cancellationToken, ("letter", "lettr"));
        using var trainer = bench.CreateTrainer();
        await trainer.StartAsync(cancellationToken);
        var rehearsal = await bench.UntilAsync(
            await bench.QueueAsync("rehearsal", "letter", Trees, cancellationToken), Interruptions.Ended, Patience, cancellationToken);
        var length = rehearsal.EndedAt!.Value - rehearsal.StartedAt!.Value;
        var stopped = new List<(string Stage, double Seconds)>();
        var late = 0;
        for (var i = 0; i < cancels; i++)
        {
            await Console.Error.WriteLineAsync($"cancel {i + 1} of {cancels}");
            var aimed = i % 6 == 0;
            var (run, stage, asked) = aimed
                ? await CancelAtCommitAsync(bench, $"aimed-{i}", cancellationToken)
                : await CancelAtAsync(bench, $"random-{i}", length * random.NextDouble(), cancellationToken);
            var row = await bench.UntilAsync(run, Interruptions.Ended, Patience, cancellationToken);
            // The version was committed, or the run over, before the wish was seen: then that is how it stopped.
            late += row.State == RunState.Cancelled ? 0 : 1;
            while (TrainerProcess.AttemptsIn(bench.WorkFolder).Count > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }

            var gone = DateTimeOffset.UtcNow;
            stopped.Add((stage, ((row.EndedAt > gone ? row.EndedAt : gone)!.Value - asked).TotalSeconds));
        }

        trainer.Kill();
        var (left, leftAfter) = await LeftOversAsync(bench, cancellationToken);
        var stages = stopped.GroupBy(s => s.Stage).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new { Stage = g.Key, Count = g.Count(), MedianSeconds = Round(Statistics.Median(g.Select(s => s.Seconds))), WorstSeconds = Round(g.Max(s => s.Seconds)) })
            .ToList();
        TextTable.Write(
            Console.Out,
            ["wish in stage", "times", "stopped after, s: median", "worst"],
            stages.Select(s => (string[])[s.Stage, Text(s.Count), Text(s.MedianSeconds), Text(s.WorstSeconds)]));
        Console.WriteLine($"Too late for {late} of {cancels}; files in the store that no version names: {left}, after the clean-up {leftAfter}.");
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Cancels = cancels,
                Cancelled = stopped.Count - late,
                TooLate = late,
                MedianSeconds = Round(Statistics.Median(stopped.Select(s => s.Seconds))),
                WorstSeconds = Round(stopped.Max(s => s.Seconds)),
                Unreferenced = left,
                UnreferencedAfterCleanUp = leftAfter,
                Stages = stages,
            },
            JsonSerializerOptions.Web));
    }

    private static async Task<(Guid Run, string Stage, DateTimeOffset Asked)> CancelAtAsync(
        RunBench bench, string model, TimeSpan after, CancellationToken cancellationToken)
    {
        var run = await bench.QueueAsync(model, "letter", Trees, cancellationToken);
        await bench.UntilAsync(run, r => r.State != RunState.Queued, Patience, cancellationToken);
        await Task.Delay(after, cancellationToken);
        var row = await bench.FindAsync(run, cancellationToken);
        var asked = DateTimeOffset.UtcNow;
        await bench.Queue.CancelAsync(run, "bench", cancellationToken);
        return (run, row.Stage ?? "claimed", asked);
    }

    private static async Task<(Guid Run, string Stage, DateTimeOffset Asked)> CancelAtCommitAsync(RunBench bench, string model, CancellationToken cancellationToken)
    {
        // The worker is held at the first file while the wish is written, or the rest of the commit would outrun it.
        var worker = 0;
        using var watch = new CommitWatch(bench.StoreFolder, model, CommitWatch.Point.FirstBlob, 1, () => Signals.Stop(Volatile.Read(ref worker)));
        var run = await bench.QueueAsync(model, "letter", Trees, cancellationToken);
        var row = await bench.UntilAsync(run, r => r.State != RunState.Queued, Patience, cancellationToken);
        Volatile.Write(ref worker, int.Parse(row.Worker!.Split('/')[^1], CultureInfo.InvariantCulture));
        await watch.Acted.WaitAsync(Patience, cancellationToken);
        await bench.Queue.CancelAsync(run, "bench", cancellationToken);
        await Task.Delay(Held, cancellationToken);
        var asked = DateTimeOffset.UtcNow;
        Signals.Continue(worker);
        return (run, "commit", asked);
    }

    // The clean-up as it would be when everything is old.
    private static async Task<(int Before, int After)> LeftOversAsync(RunBench bench, CancellationToken cancellationToken)
    {
        var cleanup = new BlobCleanup(bench.Options, bench.Registry, NullLogger<BlobCleanup>.Instance);
        var removed = await cleanup.RemoveAsync(DateTimeOffset.UtcNow.AddDays(1), cancellationToken);
        var named = new HashSet<string>(StringComparer.Ordinal);
        var left = 0;
        await foreach (var model in bench.Registry.ListModelsAsync(cancellationToken))
        {
            await foreach (var version in bench.Registry.ListVersionsAsync(model, cancellationToken))
            {
                var manifest = await bench.Registry.FindManifestAsync(model, version, cancellationToken);
                named.UnionWith(manifest!.Files.Select(f => StoreKeys.Blob(model, f.Sha256)));
            }

            left += await bench.Registry.Store.ListAsync($"{StoreKeys.Models}{model}/blobs/", cancellationToken)
                .CountAsync(entry => !named.Contains(entry.Key), cancellationToken);
        }

        return (removed + left, left);
    }

    private static double Round(double seconds) => Math.Round(seconds, 2);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
