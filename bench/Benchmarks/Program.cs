using Analytics.Benchmarks.Batches;
using Analytics.Benchmarks.Datasets;
using Analytics.Benchmarks.Http;
using Analytics.Benchmarks.Journal;
using Analytics.Benchmarks.KillWorkers;
using Analytics.Benchmarks.Large;
using Analytics.Benchmarks.LargeFile;
using Analytics.Benchmarks.Load;
using Analytics.Benchmarks.Metrics;
using Analytics.Benchmarks.Peers;
using Analytics.Benchmarks.Queue;
using Analytics.Benchmarks.Reload;
using Analytics.Benchmarks.Scoring;
using Analytics.Benchmarks.Shadow;
using Analytics.Benchmarks.Telemetry;
using Analytics.Benchmarks.Training;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

var commands = new Dictionary<string, Func<string[], CancellationToken, Task>>
{
    ["training"] = TrainingCommand.RunAsync,
    ["large"] = LargeCommand.RunAsync,
    ["large-file"] = LargeFileCommand.RunAsync,
    ["scoring"] = ScoringCommand.RunAsync,
    ["http"] = HttpCommand.RunAsync,
    ["load"] = LoadCommand.RunAsync,
    ["reload"] = ReloadCommand.RunAsync,
    ["crash"] = CrashCommand.RunAsync,
    ["outage"] = OutageCommand.RunAsync,
    ["batches"] = BatchesCommand.RunAsync,
    ["shadow"] = ShadowCommand.RunAsync,
    ["journal"] = JournalCommand.RunAsync,
    ["kill-workers"] = KillWorkersCommand.RunAsync,
    ["cancel"] = CancelCommand.RunAsync,
    ["queue"] = QueueCommand.RunAsync,
    ["metrics"] = MetricsCommand.RunAsync,
    ["telemetry"] = TelemetryCommand.RunAsync,
    ["datasets"] = DatasetsCommand.RunAsync,
    // What the commands above start as a child, so that an engine has a process of its own.
    ["peer"] = PeerCommand.RunAsync,
};
if (args.Length == 0 || !commands.TryGetValue(args[0], out var command))
{
    Console.Error.WriteLine($"Expected one of: {string.Join(", ", commands.Keys)}.");
    return 2;
}

await command(args[1..], stop.Token);
return 0;
