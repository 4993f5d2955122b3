using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Analytics.Benchmarks.Peers;

namespace Analytics.Benchmarks.Http;

/// <summary>Batches of 1,000 rows of iris over one connection, against scikit-learn's <c>predict</c> of the same rows in its own process.</summary>
internal static class BatchMeasurement
{
    private const int Rows = 1_000;
    private const int Repeats = 200;

    public static async Task<IReadOnlyList<HttpFigures>> RunAsync(
        BenchStore store, string cache, string collector, int rounds, CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(BenchFiles.Data("iris.csv"), cancellationToken);
        // The label is the last column.
        var rows = Enumerable.Range(0, Rows).Select(i => lines[1 + (i % (lines.Length - 1))]).Select(l => l[..l.LastIndexOf(',')]).ToArray();
        var target = HttpTarget.Scorer("scorer", store, cache, null, collector);
        using var server = await ServerProcess.StartAsync(target.Start, target.ReadyPath, cancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        client.DefaultRequestHeaders.Add("X-Api-Key", target.ApiKey);
        var bodies = new (string Format, string Type, byte[] Body)[]
        {
            ("json", "application/json", Encoding.UTF8.GetBytes($$"""{"instances":[{{string.Join(',', rows.Select(r => $"[{r}]"))}}]}""")),
            ("csv", "text/csv", Encoding.UTF8.GetBytes($"{lines[0][..lines[0].LastIndexOf(',')]}\n{string.Join('\n', rows)}\n")),
        };

        var measured = bodies.ToDictionary(b => b.Format, _ => new List<double>());
        var python = new List<double>();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (format, type, body) in bodies)
            {
                var seconds = await TimeAsync(client, body, type, cancellationToken);
                if (round > 0)
                {
                    measured[format].Add(Rows * Repeats / seconds);
                }
            }

            python.Add(await ScikitLearnAsync(cancellationToken));
        }

        return
        [
            .. bodies.Select(b => new HttpFigures("scorer", "analytics")
            {
                Format = b.Format, Rows = Rows, RowsPerSecond = Math.Round(Statistics.Median(measured[b.Format])),
            }),
            new HttpFigures("in-process", "scikit-learn") { Format = "array", Rows = Rows, RowsPerSecond = Math.Round(Statistics.Median(python)) },
        ];
    }

    private static async Task<double> TimeAsync(HttpClient client, byte[] body, string type, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Repeats; i++)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            using var answer = await client.PostAsync(new Uri("/predict", UriKind.Relative), content, cancellationToken);
            answer.EnsureSuccessStatusCode();
            await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
        }

        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> ScikitLearnAsync(CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "/usr/bin/python3",
            [BenchFiles.Peer("sklearn_batch.py"), BenchFiles.Data("iris.csv"), Rows.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        })!;
        var line = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ScikitLearnBatch>(line, PeerJob.Json)!.RowsPerSecond
            : throw new InvalidOperationException($"sklearn_batch.py ended with {process.ExitCode}; its messages are above.");
    }

    private sealed record ScikitLearnBatch(double RowsPerSecond);
}
