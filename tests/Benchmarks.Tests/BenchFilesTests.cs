using System.Diagnostics;
using Analytics.Benchmarks.Peers;
using Analytics.Testing;

namespace Analytics.Benchmarks.Tests;

public sealed class BenchFilesTests
{
    [Fact]
    public void ColumnFiles_WrittenColumns_AreReadOneByOne()
    {
        using var folder = new WorkFolder();
        float[][] columns = [[1, 2, float.NaN], [4, 5, 6]];
        ColumnFiles.Write(folder.File("rows"), columns, [0, 2, 1]);

        using var file = File.OpenHandle(folder.File("rows.x"));
        Assert.Equal(columns, ColumnFiles.Columns(file, rows: 3, columns: 2).ToMatrix().Columns);
        Assert.Equal([0, 2, 1], ColumnFiles.ReadLabels(folder.File("rows")));
        Assert.Throws<EndOfStreamException>(() => ColumnFiles.Columns(file, rows: 3, columns: 3).ToMatrix());
    }

    // A peer that is not there ends the command at once and names the package, instead of a run without it.
    [Theory]
    [InlineData("training")]
    [InlineData("large")]
    [InlineData("scoring")]
    public async Task Run_ScikitLearnMissing_NamesTheDebianPackage(string command)
    {
        using var folder = new WorkFolder();
        await File.WriteAllTextAsync(folder.File("sklearn.py"), "raise ImportError('not here')", TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo("bash", [Path.Combine(RepositoryFiles.Root, "bench", "run"), command]) { RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = folder.Path;

        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.Equal("scikit-learn is missing; install it with: apt-get install python3-sklearn", error.Trim());
    }
}
