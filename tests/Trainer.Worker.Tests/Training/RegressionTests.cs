using System.Globalization;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training;

public sealed class RegressionTests : IDisposable
{
    private readonly AttemptFolder _folder = new();

    public static TheoryData<string> EachAlgorithm => ["random-forest", "lightgbm", "fastforest", "linear", "baseline"];

    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_Number_GivesAValueAndGoldenRows(string algorithm)
    {
        var model = await _folder.WithText(Prices(600)).TrainAsync(AttemptFolder.Job("prices", new DatasetSchema("price"), algorithm));

        Assert.Equal(OutputKind.Number, model.Signature.Output.Kind);
        Assert.Null(model.Signature.Output.Classes);
        Assert.Equal(["rmse", "mae", "r2", "absoluteError50", "absoluteError90", "absoluteError95", "absoluteError99"], model.Metrics.Keys);
        Assert.True(algorithm == "baseline" ? model.Metrics["r2"] < 0.01 : model.Metrics["r2"] > 0.8, $"{model.Metrics["r2"]}");
        Assert.True(model.Metrics["absoluteError50"] <= model.Metrics["absoluteError99"]);

        using var scorer = _folder.LoadModel(model);
        Assert.Equal(1, scorer.OutputWidth);
        var golden = JsonSerializer.Deserialize(
            await File.ReadAllBytesAsync(_folder.File(model.Files[FileRole.Golden]), TestContext.Current.CancellationToken),
            RegistryJson.Default.GoldenRows)!;
        Assert.Null(golden.Verify(model.Signature, scorer));
        Assert.InRange(golden.Rows.Count, 40, 50);
        var report = await ReportAsync(model);
        Assert.Equal(0, report.GetProperty("classes").GetArrayLength());
        var interval = report.GetProperty("intervals").GetProperty("rmse");
        Assert.InRange(model.Metrics["rmse"], interval.GetProperty("low").GetDouble(), interval.GetProperty("high").GetDouble());
    }

    // Sums of large parts of both signs: float32 is as exact as the parts, not as their small sum.
    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_LargeNumbersAroundZero_PassTheirOwnCheck(string algorithm)
    {
        var csv = new StringBuilder("x,z,y\n");
        for (var i = 0; i < 300; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{i % 97},{i % 13},{1e6 * Math.Sin(i % 97 / 10.0)}\n");
        }

        var model = await _folder.WithText(csv.ToString()).TrainAsync(AttemptFolder.Job("d", new DatasetSchema("y"), algorithm));
        Assert.Equal(OutputKind.Number, model.Signature.Output.Kind);
    }

    [Fact]
    public async Task Run_Champion_IsComparedByRmse()
    {
        var job = AttemptFolder.Job("prices", new DatasetSchema("price"));
        var first = await _folder.WithText(Prices(600)).TrainAsync(job);
        File.Move(_folder.File(first.Files[FileRole.Model]), _folder.File("champion.onnx"));
        var champion = new ChampionFiles(
            new Manifest
            {
                Model = "prices",
                Version = 1,
                RunId = Guid.CreateVersion7(),
                Created = DateTimeOffset.UnixEpoch,
                Algorithm = first.Algorithm,
                Signature = first.Signature,
                Data = first.Data,
                Files = [],
            },
            "champion.onnx");

        var second = await _folder.TrainAsync(AttemptFolder.Job("prices", new DatasetSchema("price"), "linear") with { Champion = champion, Split = first.Split });
        Assert.Null(second.Champion!.NotComparable);
        Assert.Equal("rmse", second.Evidence!.Metric);
        Assert.Equal(first.Metrics["rmse"], second.Evidence.Against!.Other, 1e-9);
        Assert.Equal(second.Metrics["rmse"], second.Evidence.Against.Candidate, 1e-9);
        Assert.True(second.Evidence.Against.Low <= second.Evidence.Against.Worsening && second.Evidence.Against.Worsening <= second.Evidence.Against.High);
    }

    [Fact]
    public async Task Run_TargetSaidToBeANumber_IsOne()
    {
        // Five values would be classes.
        var csv = "x,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i % 5},{i % 5}\n"));
        var model = await _folder.WithText(csv).TrainAsync(AttemptFolder.Job("d", new DatasetSchema("y", Target: TargetKind.Number)));
        Assert.Equal(OutputKind.Number, model.Signature.Output.Kind);
    }

    [Fact]
    public async Task Run_MetricOfClasses_IsRefused() => Assert.Contains(
        "The metric 'accuracy' is not one of a number, which 'price' is; there are 'rmse', 'mae', 'r2'",
        await _folder.WithText(Prices(100)).FailAsync(
            AttemptFolder.Job("prices", new DatasetSchema("price")) with { Choices = new() { Metric = "accuracy" } }),
        StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    internal static string Prices(int rows)
    {
        var csv = new StringBuilder("area,rooms,town,price\n");
        for (var i = 0; i < rows; i++)
        {
            var (area, rooms, town) = (40 + (i * 7919 % 120), 1 + (i * 31 % 5), i * 17 % 3);
            var price = (1500.5 * area) + (20_000 * rooms) + (40_000 * town) + (i * 104729 % 10_000);
            var missing = i % 50 == 7;
            csv.Append(CultureInfo.InvariantCulture, $"{(missing ? "" : area)},{rooms},{"abc"[town]},{price}\n");
        }

        return csv.ToString();
    }

    private async Task<JsonElement> ReportAsync(TrainedModel model) => JsonDocument.Parse(await File.ReadAllBytesAsync(
        _folder.File(model.Files[FileRole.Report]), TestContext.Current.CancellationToken)).RootElement;
}
