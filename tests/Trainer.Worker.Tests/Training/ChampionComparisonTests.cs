using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training;

public sealed class ChampionComparisonTests : IDisposable
{
    private readonly AttemptFolder _folder = new();

    [Fact]
    public async Task Evaluate_SameSplit_MeasuresTheChampionOnTheSameRows()
    {
        var (job, champion, trained) = await TrainChampionAsync();
        var candidate = await _folder.TrainAsync(job with { Champion = champion, Split = trained.Split });
        Assert.Null(candidate.Champion!.NotComparable);
        Assert.Equal(3, candidate.Champion.Version);
        Assert.Equal(candidate.Metrics, candidate.Champion.Metrics);
        Assert.Equal(candidate.Metrics, trained.Metrics);
    }

    [Fact]
    public async Task Evaluate_OtherClassOrder_IsComparedByName()
    {
        var (job, champion, trained) = await TrainChampionAsync();
        var reordered = job with { Champion = champion, Split = trained.Split, Schema = new DatasetSchema("y", Classes: ["c", "a", "b"]) };
        var candidate = await _folder.TrainAsync(reordered);
        Assert.Equal(trained.Metrics["accuracy"], candidate.Champion!.Metrics["accuracy"]);
        Assert.Equal(trained.Metrics["logLoss"], candidate.Champion.Metrics["logLoss"], 1e-6);
    }

    [Fact]
    public async Task Evaluate_ChampionUsesAColumnLeftOutNow_IsStillCompared()
    {
        var (job, champion, trained) = await TrainChampionAsync();
        var narrower = job with { Champion = champion, Split = trained.Split, Schema = new DatasetSchema("y", Exclude: ["z"]) };
        var candidate = await _folder.TrainAsync(narrower);
        Assert.Equal(["x"], candidate.Signature.Inputs.Select(i => i.Name));
        Assert.Equal(trained.Metrics, candidate.Champion!.Metrics);
    }

    [Theory]
    [InlineData("split", "it was trained on another split (data set 'd', split")]
    [InlineData("unknown split", "it does not say on which split it was trained")]
    [InlineData("label", "it predicts 'kind' (Classes), this version 'y' (Classes)")]
    [InlineData("classes", "its classes are 'a', 'b', 'c', this version's 'a', 'b', 'c', 'd'")]
    [InlineData("column gone", "its column 'gone' is not in the data any more")]
    [InlineData("column type", "its column 'z' was text and is a number now")]
    [InlineData("broken model", "its model cannot be run: ONNX Runtime cannot load the model")]
    [InlineData("other graph", "its model cannot be run: The graph has")]
    public async Task Evaluate_AnythingElse_IsNotComparable(string kind, string expected)
    {
        var (job, champion, trained) = await TrainChampionAsync();
        job = job with { Split = trained.Split };
        var manifest = champion.Manifest;
        switch (kind)
        {
            case "split":
                job = job with { Split = trained.Split with { Salt = "another" } };
                break;
            case "unknown split":
                manifest = manifest with { Data = null };
                break;
            case "label":
                manifest = manifest with { Signature = manifest.Signature with { Output = manifest.Signature.Output with { Name = "kind" } } };
                break;
            case "classes":
                job = job with { Schema = new DatasetSchema("y", Classes: ["a", "b", "c", "d"]) };
                break;
            case "column gone":
                manifest = WithInput(manifest, new InputColumn("gone", ColumnType.Number, true));
                break;
            case "column type":
                manifest = WithInput(manifest, new InputColumn("z", ColumnType.Text, true, []));
                break;
            case "broken model":
                await File.WriteAllTextAsync(_folder.File(champion.ModelFile), "no graph", TestContext.Current.CancellationToken);
                break;
            default:
                manifest = manifest with { Signature = manifest.Signature with { Inputs = [manifest.Signature.Inputs[0]] } };
                break;
        }

        var candidate = await _folder.TrainAsync(job with { Champion = champion with { Manifest = manifest } });

        Assert.Contains(expected, candidate.Champion!.NotComparable, StringComparison.Ordinal);
        Assert.Empty(candidate.Champion.Metrics);
    }

    public void Dispose() => _folder.Dispose();

    private static Manifest WithInput(Manifest manifest, InputColumn input) =>
        manifest with { Signature = manifest.Signature with { Inputs = [manifest.Signature.Inputs[0], input] } };

    private async Task<(TrainingJob Job, ChampionFiles Champion, TrainedModel Trained)> TrainChampionAsync()
    {
        // Labels that x does not quite tell, so that the figures are not all 1.
        var rows = SyntheticData.Csv(300, "a", "b", "c").Split('\n');
        var noisy = rows.Select((line, i) => i % 9 == 5 && line.Length > 0 ? $"{line[..^1]}a" : line);
        var job = AttemptFolder.Job("d", new DatasetSchema("y"), parameters: ("trees", 10));
        var trained = await _folder.WithText(string.Join('\n', noisy)).TrainAsync(job);
        File.Move(_folder.File(trained.Files[FileRole.Model]), _folder.File("champion.onnx"));
        var manifest = new Manifest
        {
            Model = "d",
            Version = 3,
            RunId = Guid.CreateVersion7(),
            Created = DateTimeOffset.UnixEpoch,
            Algorithm = trained.Algorithm,
            Parameters = new Dictionary<string, JsonElement>(),
            Signature = trained.Signature,
            Data = trained.Data,
            Files = [],
        };
        return (job, new ChampionFiles(manifest, "champion.onnx"), trained);
    }
}
