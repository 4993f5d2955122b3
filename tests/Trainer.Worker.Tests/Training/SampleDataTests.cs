using System.Diagnostics;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Training;

/// <summary>Every classification file of bench/data, whole, through the whole attempt; few trees to keep the run short.</summary>
public sealed class SampleDataTests : IDisposable
{
    private readonly AttemptFolder _folder = new();

    public static TheoryData<string, string, double> Files => new()
    {
        { "iris", "species", 0.85 },
        { "wine", "cultivar", 0.85 },
        { "breast_cancer", "diagnosis", 0.88 },
        { "digits", "digit", 0.85 },
        { "penguins_raw", "Species", 0.9 },
        { "soybean", "Class", 0.75 },
        { "satellite", "classes", 0.85 },
        { "letter", "lettr", 0.7 },
        { "shuttle", "Class", 0.99 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public Task RandomForest_SampleFile_TrainsAndItsGraphAnswersAlike(string file, string label, double floor) =>
        TrainAsync(file, label, floor, "random-forest", ("trees", Full ? 100 : 20));

    [Theory]
    [MemberData(nameof(Files))]
    public Task FastForest_SampleFile_TrainsAndEqualsMlNet(string file, string label, double floor) =>
        TrainAsync(file, label, floor, "fastforest", ("trees", Full ? 100 : 8), ("leaves", Full ? 128 : 64));

    [Theory]
    [MemberData(nameof(Files))]
    public Task LightGbm_SampleFile_TrainsAndEqualsMlNet(string file, string label, double floor) =>
        TrainAsync(file, label, floor, "lightgbm", ("iterations", Full ? 100 : 10));

    public void Dispose() => _folder.Dispose();

    // The full figures for a report: set ANALYTICS_FULL_TRAINING=1.
    private static bool Full => Environment.GetEnvironmentVariable("ANALYTICS_FULL_TRAINING") == "1";

    private async Task TrainAsync(string file, string label, double floor, string algorithm, params (string, double)[] parameters)
    {
        var watch = Stopwatch.StartNew();
        // The attempt itself fails when the graph's answers and ML.NET's differ.
        var model = await _folder.WithFile(RepositoryFiles.Data($"{file}.csv"))
            .TrainAsync(AttemptFolder.Job(file, new DatasetSchema(label), algorithm, parameters));

        TestContext.Current.SendDiagnosticMessage(
            "{0,-14} {1,-13} {2:0.0} s accuracy {3:0.0000} logLoss {4:0.0000} macroF1 {5:0.0000} {6} KB {7}",
            file, algorithm, watch.Elapsed.TotalSeconds, model.Metrics["accuracy"], model.Metrics["logLoss"], model.Metrics["macroF1"],
            new FileInfo(_folder.File(model.Files[FileRole.Model])).Length / 1024, string.Join(" | ", model.Warnings));
        Assert.True(model.Metrics["accuracy"] >= floor, $"accuracy {model.Metrics["accuracy"]}");
        Assert.Equal(model.Data.Rows, model.Data.TrainRows + model.Data.HoldoutRows);
        using var scorer = _folder.LoadModel(model);
        var golden = JsonSerializer.Deserialize(
            await File.ReadAllBytesAsync(_folder.File(model.Files[FileRole.Golden]), TestContext.Current.CancellationToken),
            RegistryJson.Default.GoldenRows)!;
        Assert.InRange(golden.Rows.Count, 10, 50);
        Assert.Null(golden.Verify(model.Signature, scorer));
    }
}
