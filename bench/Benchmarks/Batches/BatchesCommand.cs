using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Load;
using Analytics.Benchmarks.Peers;
using Analytics.Testing;

namespace Analytics.Benchmarks.Batches;

/// <summary>
/// <c>batches [ROWS]</c>: a file of a million rows through HTTP, as CSV and as NDJSON, with the history on: the rows a second, the scorer's
/// memory, and whether each row was answered. Beside it scikit-learn's <c>predict</c>, in its own process, of the same rows as one
/// array with as many trees.
/// </summary>
internal static class BatchesCommand
{
    private static readonly TimeSpan MemoryPause = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        using var folder = new WorkFolder();
        using var store = new BenchStore();
        await store.PublishAsync("iris", "species", cancellationToken);
        await using var postgres = new PostgresServer { Durable = true };
        var lines = await File.ReadAllLinesAsync(BenchFiles.Data("iris.csv"), cancellationToken);
        var header = WithoutLabel(lines[0]);
        var samples = lines[1..].Select(WithoutLabel).ToArray();
        (string Name, string Type, string? Header, Func<string, string> Line)[] forms =
        [
            ("csv", "text/csv", header, line => line),
            ("ndjson", "application/x-ndjson", null, line => $"[{line}]"),
        ];

        var figures = new List<BatchFigures>();
        foreach (var form in forms)
        {
            await Console.Error.WriteLineAsync($"{rows:N0} rows of {form.Name} ...");
            // A scorer of its own, so that its memory's high-water mark is this form's.
            using var scorer = new ScorerProcess(
                new Dictionary<string, string>
                {
                    ["ConnectionStrings:analytics"] = await BenchDatabase.CreateAsync(postgres, cancellationToken),
                    ["Store:Url"] = store.Url,
                    ["Scorer:DefaultModel"] = "iris",
                    ["Scorer:CacheFolder"] = folder.File("cache"),
                    ["Journal:Folder"] = folder.File($"journal-{form.Name}"),
                },
                folder.File("scorer.log"));
            await scorer.StartAsync(cancellationToken);
            figures.Add(await MeasureAsync(scorer, form, samples, rows, cancellationToken));
        }

        figures.Add(new BatchFigures("scikit-learn", "array", rows, Math.Round(await ScikitLearnAsync(rows, cancellationToken)), null, null));
        TextTable.Write(
            Console.Out,
            ["engine", "form", "rows", "rows/s", "memory, MB", "rows answered"],
            figures.Select(f => new[]
            {
                f.Engine, f.Form, Text(f.Rows), Text(f.RowsPerSecond), Text(f.MemoryMb), Text(f.Answered),
            }));
        Console.WriteLine(JsonSerializer.Serialize(figures, BatchFigures.Json));
    }

    private static async Task<BatchFigures> MeasureAsync(
        ScorerProcess scorer, (string Name, string Type, string? Header, Func<string, string> Line) form, string[] samples, int rows,
        CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = WatchMemoryAsync(scorer, ended.Token);
        var watch = Stopwatch.StartNew();
        var answered = await new StreamedPost(form.Type, form.Header, [.. samples.Select(form.Line)], rows).SendAsync(scorer, cancellationToken);
        var seconds = watch.Elapsed.TotalSeconds;
        await ended.CancelAsync();
        answered -= form.Header is null ? 0 : 1;
        return answered == rows
            ? new BatchFigures("analytics", form.Name, rows, Math.Round(rows / seconds), Math.Round(await memory / 1048576.0), answered)
            : throw new InvalidOperationException($"{form.Name}: {rows} rows were sent and {answered} answered.\n{scorer.LastLines()}");
    }

    private static async Task<long> WatchMemoryAsync(ScorerProcess scorer, CancellationToken cancellationToken)
    {
        var most = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            most = Math.Max(most, scorer.Memory("VmHWM"));
            await Task.Delay(MemoryPause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return most;
    }

    private static async Task<double> ScikitLearnAsync(int rows, CancellationToken cancellationToken)
    {
        string[] arguments = [BenchFiles.Peer("sklearn_batch.py"), BenchFiles.Data("iris.csv"), rows.ToString(CultureInfo.InvariantCulture), "5"];
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ScikitLearnBatch>(line, PeerJob.Json)!.RowsPerSecond
            : throw new InvalidOperationException($"sklearn_batch.py ended with {process.ExitCode}; its messages are above.");
    }

    private static string WithoutLabel(string line) => line[..line.LastIndexOf(',')];

    private static string Text(IFormattable? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private sealed record ScikitLearnBatch(double RowsPerSecond);
}
