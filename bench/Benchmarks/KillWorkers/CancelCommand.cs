using System.Globalization;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>
/// <c>cancel [CANCELS] [SEED]</c>: a trainer with its default settings, whose runs are cancelled at random moments, and as soon as the
/// first of their files is in the store. Measured: from the wish to the row's end, the run's process being gone.
/// </summary>
internal static class CancelCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var cancels = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60;
        var random = new Random(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount);
        await using var bench = await RunBench.StartAsync(new Dictionary<string, string>(), cancellationToken, ("letter", "lettr"));
        using var trainer = bench.CreateTrainer();
        await trainer.StartAsync(cancellationToken);
        var rehearsal = await bench.UntilAsync(
            await bench.QueueAsync("rehearsal", "letter", 5, cancellationToken), Interruptions.Ended, Patience, cancellationToken);
        var length = rehearsal.EndedAt!.Value - rehearsal.StartedAt!.Value;
        var stopped = new List<(string Stage, double Seconds)>();
        var late = 0;
        for (var i = 0; i < cancels; i++)
        {
            await Console.Error.WriteLineAsync($"cancel {i + 1} of {cancels}");
            var aimed = i % 6 == 0;
            var (run, asked) = aimed
                ? await CancelAtCommitAsync(bench, $"aimed-{i}", cancellationToken)
                : await CancelAtAsync(bench, $"random-{i}", length * random.NextDouble(), cancellationToken);
            var row = await bench.UntilAsync(run, Interruptions.Ended, Patience, cancellationToken);
            if (row.State != RunState.Cancelled)
            {
                // The version was committed, or the run over, before the wish was seen.
                late++;
                continue;
            }

            while (TrainerProcess.AttemptsIn(bench.WorkFolder).Count > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }

            var gone = DateTimeOffset.UtcNow;
            stopped.Add((row.Stage ?? "claimed", ((row.EndedAt > gone ? row.EndedAt : gone)!.Value - asked).TotalSeconds));
        }

        trainer.Kill();
        var (left, leftAfter) = await LeftOversAsync(bench, cancellationToken);
        var stages = stopped.GroupBy(s => s.Stage).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new { Stage = g.Key, Count = g.Count(), MedianSeconds = Round(Statistics.Median(g.Select(s => s.Seconds))), WorstSeconds = Round(g.Max(s => s.Seconds)) })
            .ToList();
        TextTable.Write(
            Console.Out,
            ["cancelled in stage", "times", "stopped after, s: median", "worst"],
            stages.Select(s => (string[])[s.Stage, Text(s.Count), Text(s.MedianSeconds), Text(s.WorstSeconds)]));
        Console.WriteLine($"Too late for {late} of {cancels}; files in the store that no version names: {left}, after the clean-up {leftAfter}.");
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Cancels = cancels,
                Cancelled = stopped.Count,
                TooLate = late,
                MedianSeconds = Round(Statistics.Median(stopped.Select(s => s.Seconds))),
                WorstSeconds = Round(stopped.Max(s => s.Seconds)),
                Unreferenced = left,
                UnreferencedAfterCleanUp = leftAfter,
                Stages = stages,
            },
            JsonSerializerOptions.Web));
    }

    private static async Task<(Guid Run, DateTimeOffset Asked)> CancelAtAsync(
        RunBench bench, string model, TimeSpan after, CancellationToken cancellationToken)
    {
        var run = await bench.QueueAsync(model, "letter", 5, cancellationToken);
        await bench.UntilAsync(run, r => r.State != RunState.Queued, Patience, cancellationToken);
        await Task.Delay(after, cancellationToken);
        var asked = DateTimeOffset.UtcNow;
        await bench.Queue.CancelAsync(run, "bench", cancellationToken);
        return (run, asked);
    }

    private static async Task<(Guid Run, DateTimeOffset Asked)> CancelAtCommitAsync(RunBench bench, string model, CancellationToken cancellationToken)
    {
        var asked = DateTimeOffset.MinValue;
        var run = Guid.Empty;
        // The worker is held at the first file while the wish is written, or the rest of the commit would outrun it.
        var worker = 0;
        using var watch = new CommitWatch(bench.StoreFolder, model, CommitWatch.Point.FirstBlob, 1, () => Signals.Stop(Volatile.Read(ref worker)));
        run = await bench.QueueAsync(model, "letter", 5, cancellationToken);
        var row = await bench.UntilAsync(run, r => r.State != RunState.Queued, Patience, cancellationToken);
        Volatile.Write(ref worker, int.Parse(row.Worker!.Split('/')[^1], CultureInfo.InvariantCulture));
        await watch.Acted.WaitAsync(Patience, cancellationToken);
        asked = DateTimeOffset.UtcNow;
        await bench.Queue.CancelAsync(run, "bench", cancellationToken);
        Signals.Continue(worker);
        return (run, asked);
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
