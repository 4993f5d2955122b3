using System.Globalization;
using System.Text.Json;
using Analytics.Registry.Database;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>
/// <c>kill-workers [KILLS] [STOPS] [OUTAGE SECONDS] [SEED]</c>: two trainers over one queue, which are killed (SIGKILL, worker or
/// child) at random moments, and stopped (SIGSTOP) past their lease, half of the times aimed between blobs, manifest and alias; then
/// a run of three leases' length, and PostgreSQL restarted and stopped. In the end every run must have one version.
/// </summary>
internal static class KillWorkersCommand
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly CommitWatch.Point[] Points = [CommitWatch.Point.AllBlobs, CommitWatch.Point.Manifest, CommitWatch.Point.FirstBlob];

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var kills = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
        var stops = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20;
        var outage = TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 30);
        var seed = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : Environment.TickCount;
        var random = new Random(seed);
        Console.WriteLine($"{kills} kills, {stops} stops, outages of 0 and {outage.TotalSeconds:0} s, seed {seed}");

        var settings = new Dictionary<string, string>
        {
            ["Trainer:Lease"] = Lease.ToString(),
            ["Trainer:Heartbeat"] = "00:00:00.5",
            ["Trainer:Poll"] = "00:00:00.5",
        };
        await using var bench = await RunBench.StartAsync(settings, cancellationToken, ("satellite", "classes"), ("letter", "lettr"));
        using TrainerProcess first = bench.CreateTrainer(), second = bench.CreateTrainer();
        await Task.WhenAll(first.StartAsync(cancellationToken), second.StartAsync(cancellationToken));
        var interruptions = new Interruptions(bench, [first, second], Lease, random);
        var (length, files) = await interruptions.RehearseAsync(cancellationToken);
        for (var i = 0; i < kills; i++)
        {
            await Console.Error.WriteLineAsync($"kill {i + 1} of {kills}");
            await interruptions.KillAsync(worker: i % 2 == 0, length, cancellationToken);
        }

        var afterKills = interruptions.ClaimedAgain;
        for (var i = 0; i < stops; i++)
        {
            await Console.Error.WriteLineAsync($"stop {i + 1} of {stops}");
            await interruptions.StopAsync(i % 2 == 0 ? Points[i / 2 % Points.Length] : null, length, files, cancellationToken);
        }

        var (longSeconds, longAttempts) = await interruptions.RunLongAsync(Lease * 3, cancellationToken);
        await interruptions.OutageAsync(TimeSpan.Zero, cancellationToken);
        await interruptions.OutageAsync(outage, cancellationToken);
        var rows = new List<TrainingRun>();
        foreach (var run in interruptions.Runs)
        {
            rows.Add(await bench.UntilAsync(run, Interruptions.Ended, TimeSpan.FromMinutes(2), cancellationToken));
        }

        var account = await VersionAccount.OfAsync(bench.Registry, rows, cancellationToken);
        first.Kill();
        second.Kill();
        var figures = new
        {
            Kills = kills,
            Stops = stops,
            Runs = rows.Count,
            Succeeded = rows.Count(r => r.State == RunState.Succeeded),
            account.Versions,
            account.Duplicates,
            account.Strangers,
            ClaimedAgain = interruptions.ClaimedAgain,
            WorstWaitSeconds = Math.Round(interruptions.Waits.DefaultIfEmpty().Max(), 2),
            LeaseSeconds = Lease.TotalSeconds,
            LongRunSeconds = Math.Round(longSeconds, 1),
            LongRunAttempts = longAttempts,
            OutageSeconds = outage.TotalSeconds,
            Places = interruptions.Places,
        };
        TextTable.Write(
            Console.Out,
            ["figure", "value"],
            [
                ["runs; succeeded", $"{figures.Runs}; {figures.Succeeded}"],
                ["versions; of a run that has another; of no run that succeeded", $"{account.Versions}; {account.Duplicates}; {account.Strangers}"],
                ["kills; runs claimed again", $"{kills}; {afterKills}"],
                ["stops; runs claimed again", $"{stops}; {interruptions.ClaimedAgain - afterKills}"],
                .. interruptions.Places.Select(p => (string[])[$"stopped {p.Key}", p.Value.ToString(CultureInfo.InvariantCulture)]),
                ["wait of an interrupted run, s: median; worst", string.Create(
                    CultureInfo.InvariantCulture, $"{Statistics.Median(interruptions.Waits.DefaultIfEmpty()):0.00}; {figures.WorstWaitSeconds:0.00}")],
                ["lease, s", figures.LeaseSeconds.ToString(CultureInfo.InvariantCulture)],
                ["undisturbed run, s", length.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)],
                ["long run, s; its attempts", string.Create(CultureInfo.InvariantCulture, $"{figures.LongRunSeconds}; {longAttempts}")],
            ]);
        Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
    }
}
