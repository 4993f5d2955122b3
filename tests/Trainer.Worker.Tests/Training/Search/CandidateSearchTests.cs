using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training.Search;

public sealed class CandidateSearchTests : IDisposable
{
    private readonly AttemptFolder _folder = new();

    [Fact]
    public async Task Auto_Iris_TriesAllWithinItsBudgetAndKeepsTheBest()
    {
        var model = await _folder.WithFile(RepositoryFiles.Data("iris.csv")).TrainAsync(Auto("iris", "species", budget: 30));
        var search = (await ReportAsync(model)).GetProperty("search");

        Assert.Equal(("budget", 30, 30), (search.GetProperty("end").GetString(), search.GetProperty("budget").GetInt32(), search.GetProperty("fits").GetInt32()));
        var trials = search.GetProperty("trials").EnumerateArray().ToList();
        Assert.Equal(30, trials.Sum(t => t.GetProperty("folds").GetArrayLength()));
        Assert.Equal(
            ["baseline", "fastforest", "lightgbm", "linear", "random-forest"],
            trials.Select(t => t.GetProperty("algorithm").GetString()!).Distinct().Order());
        Assert.Equal(model.Algorithm, trials[0].GetProperty("algorithm").GetString());
        Assert.Equal(trials.Where(t => t.GetProperty("folds").GetArrayLength() == 5).Min(t => t.GetProperty("score").GetDouble()), trials[0].GetProperty("score").GetDouble());
        Assert.True(model.Metrics["accuracy"] > 0.85);
    }

    [Fact]
    public async Task Auto_SameJobTwice_GivesTheSameBytes()
    {
        var models = new List<byte[]>();
        for (var i = 0; i < 2; i++)
        {
            var model = await _folder.WithText(SyntheticData.Csv(120, "a", "b")).TrainAsync(Auto("d", "y", budget: 28));
            models.Add(await File.ReadAllBytesAsync(_folder.File(model.Files[FileRole.Report]), TestContext.Current.CancellationToken));
            models.Add(await File.ReadAllBytesAsync(_folder.File(model.Files[FileRole.Model]), TestContext.Current.CancellationToken));
        }

        Assert.Equal(models[0], models[2]);
        Assert.Equal(models[1], models[3]);
    }

    [Fact]
    public async Task Auto_Number_ChoosesByRmse()
    {
        var model = await _folder.WithText(RegressionTests.Prices(300)).TrainAsync(Auto("prices", "price", budget: 26));
        var search = (await ReportAsync(model)).GetProperty("search");
        Assert.Equal("rmse", search.GetProperty("metric").GetString());
        var complete = search.GetProperty("trials").EnumerateArray().Where(t => t.GetProperty("folds").GetArrayLength() == 5);
        Assert.Equal(model.Algorithm, complete.MinBy(t => t.GetProperty("score").GetDouble()).GetProperty("algorithm").GetString());
        Assert.True(model.Metrics["r2"] > 0.9);
    }

    [Fact]
    public async Task Search_NamedAlgorithm_KeepsWhatIsGivenAndEndsWhenNothingIsLeft()
    {
        var job = AttemptFolder.Job("d", new DatasetSchema("y"), "linear", ("iterations", 50)) with { Choices = new() { Budget = 1000 } };
        var model = await _folder.WithText(SyntheticData.Csv(100, "a", "b")).TrainAsync(job);
        var search = (await ReportAsync(model)).GetProperty("search");
        Assert.Equal("linear", model.Algorithm);
        Assert.Equal("exhausted", search.GetProperty("end").GetString());
        Assert.Equal(5, search.GetProperty("trials").GetArrayLength());
        Assert.All(search.GetProperty("trials").EnumerateArray(), t => Assert.Equal(50, t.GetProperty("parameters").GetProperty("iterations").GetInt32()));
    }

    [Fact]
    public async Task Search_BudgetOfOneFit_StillGivesAModel()
    {
        var model = await _folder.WithText(SyntheticData.Csv(100, "a", "b")).TrainAsync(Auto("d", "y", budget: 1));
        Assert.Equal("random-forest", model.Algorithm);
    }

    [Fact]
    public async Task Auto_WithAParameterOfOneAlgorithm_IsRefused()
    {
        var job = AttemptFolder.Job("d", new DatasetSchema("y"), "auto", ("trees", 10));
        Assert.Contains("With algorithm 'auto' the parameters are searched for; 'trees' belongs to one algorithm", await _folder.WithText("x,y\n").FailAsync(job), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static TrainingJob Auto(string dataset, string label, int budget) =>
        AttemptFolder.Job(dataset, new DatasetSchema(label), "auto") with { Choices = new() { Budget = budget } };

    private async Task<JsonElement> ReportAsync(TrainedModel model) => JsonDocument.Parse(await File.ReadAllBytesAsync(
        _folder.File(model.Files[FileRole.Report]), TestContext.Current.CancellationToken)).RootElement;
}
