using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Peers;

namespace Analytics.Benchmarks.Scoring;

/// <summary>scikit-learn's <c>predict_proba</c>, measured by itself in its own process.</summary>
/// <param name="SingleNsPerRow">One row a call.</param>
/// <param name="BlockNsPerRow">1,000 rows a call.</param>
internal sealed record ScikitLearnScoring(double SingleNsPerRow, double BlockNsPerRow)
{
    public static async Task<ScikitLearnScoring> MeasureAsync(string stem, int rows, int columns, int trees, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            BenchFiles.Peer("sklearn_scoring.py"),
            stem,
            .. new[] { rows, columns, trees }.Select(n => n.ToString(CultureInfo.InvariantCulture)),
        ];
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ScikitLearnScoring>(line, PeerJob.Json)!
            : throw new InvalidOperationException($"sklearn_scoring.py ended with {process.ExitCode}; its messages are above.");
    }
}
