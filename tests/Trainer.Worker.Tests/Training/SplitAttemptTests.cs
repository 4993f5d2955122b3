using System.Globalization;
using System.Text;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training;

/// <summary>Trainings whose hold-out is drawn by time or by group.</summary>
public sealed class SplitAttemptTests : IDisposable
{
    private static readonly SplitChoice ByTime = new("time", "day");

    private readonly AttemptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Time_LaterData_MovesTheCutAndTheChampionIsStillCompared()
    {
        var job = Job(ByTime);
        var first = await _folder.WithText(Csv(300)).TrainAsync(job);
        Assert.Equal((300, 60, 240), (first.Data.Rows, first.Data.HoldoutRows, first.Data.TrainRows));
        Assert.Equal("2024-08-28", first.Data.Cut);
        Assert.Equal((SplitKind.Time, "day"), (first.Split.By, Assert.Single(first.Split.Columns)));
        Assert.Equal(ColumnType.Date, first.Signature.Inputs[0].Type);

        var champion = Champion(first);
        var later = await _folder.WithText(Csv(400)).TrainAsync(job with { Champion = champion, Split = first.Split });
        Assert.Equal((80, "2024-11-16"), (later.Data.HoldoutRows, later.Data.Cut));
        Assert.Null(later.Champion!.NotComparable);
        Assert.NotEmpty(later.Champion.Metrics);

        // The other way round the champion has trained on what is held out now.
        var earlier = await _folder.WithText(Csv(300)).TrainAsync(job with { Champion = Champion(later), Split = first.Split });
        Assert.Equal("it was trained on rows up to 2024-11-16, and rows from 2024-08-28 on are held out here", earlier.Champion!.NotComparable);
    }

    [Fact]
    public async Task Split_AnotherThanTheChampions_IsNotComparable()
    {
        var byHash = await _folder.WithText(Csv(300)).TrainAsync(Job(null));
        var byTime = await _folder.TrainAsync(Job(ByTime) with { Champion = Champion(byHash), Split = byHash.Split });
        Assert.StartsWith("it was trained on another split (data set 'd'", byTime.Champion!.NotComparable, StringComparison.Ordinal);
        Assert.Equal(SplitKind.Time, byTime.Split.By);
    }

    [Fact]
    public async Task Group_Rows_AreOnTheSideOfTheirGroupAndTheColumnIsNotLearnedFrom()
    {
        var (choice, reading) = await ReadAsync(Job(new SplitChoice("group", "site")).Schema);
        var warnings = new List<string>();
        var data = DataPreparation.Prepare("d", "", choice, reading, Job(new SplitChoice("group", "site")).Schema, null, warnings);

        var sites = (TextColumn)data.Table["site"];
        Assert.NotEmpty(data.HoldoutRows);
        Assert.Empty(data.HoldoutRows.Select(r => sites[r]).Intersect(data.TrainRows.Select(r => sites[r])));
        Assert.DoesNotContain(data.Inputs, c => c.Name == "site");
        Assert.Contains("Left out because the split groups rows by it: 'site'.", warnings);
    }

    [Theory]
    [InlineData("time", "day")]
    [InlineData("group", "site")]
    public async Task Search_ByTimeOrGroup_IsTheSameEachTime(string by, string column)
    {
        var job = Job(new SplitChoice(by, column)) with { Algorithm = "auto", Parameters = Job(null).Parameters.Where(p => p.Key == "none").ToDictionary(), Choices = new() { Budget = 25 } };
        var models = new List<(string, string)>();
        for (var i = 0; i < 2; i++)
        {
            var model = await _folder.WithText(Csv(300)).TrainAsync(job);
            models.Add((model.Algorithm, Convert.ToHexString(await File.ReadAllBytesAsync(_folder.File(model.Files[FileRole.Report]), TestContext.Current.CancellationToken))));
        }

        Assert.Equal(models[0], models[1]);
    }

    [Theory]
    [InlineData("time", "z", "'split' names column 'z', which the data does not have")]
    [InlineData("time", "site", "The split is by time, and column 'site' is text")]
    [InlineData("week", "day", "'split.by' is hash, time or group; found 'week'.")]
    public async Task Split_ThatCannotBe_IsAFault(string by, string column, string expected) => Assert.Contains(
        expected, await _folder.WithText(Csv(60)).FailAsync(Job(new SplitChoice(by, column))), StringComparison.Ordinal);

    // The fault that only a split by group shows: a column that is known by its site only.
    private static string Csv(int rows)
    {
        var csv = new StringBuilder("day,site,x,y\n");
        for (var i = 0; i < rows; i++)
        {
            var day = new DateTime(2024, 1, 1).AddDays(i);
            csv.Append(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd},s{i * 7 % 23},{i * 7919 % 50 / 10.0},{((i * 7919 % 50) + (i % 9) < 27 ? "low" : "high")}\n");
        }

        return csv.ToString();
    }

    private static TrainingJob Job(SplitChoice? split) =>
        AttemptFolder.Job("d", new DatasetSchema("y") { Split = split }, parameters: ("trees", 10));

    private async Task<(ColumnChoice Choice, TableReading Reading)> ReadAsync(DatasetSchema schema)
    {
        _folder.WithText(Csv(300));
        var (_, choice, reading) = await DataPreparation.ReadAsync(_folder.File("data.csv"), schema, null, null, TestContext.Current.CancellationToken);
        return (choice, reading);
    }

    private ChampionFiles Champion(TrainedModel trained)
    {
        File.Copy(_folder.File(trained.Files[FileRole.Model]), _folder.File("champion.onnx"), overwrite: true);
        return new ChampionFiles(
            new Manifest
            {
                Model = "d",
                Version = 3,
                RunId = Guid.CreateVersion7(),
                Created = DateTimeOffset.UnixEpoch,
                Algorithm = trained.Algorithm,
                Signature = trained.Signature,
                Data = trained.Data,
                Files = [],
            },
            "champion.onnx");
    }
}
