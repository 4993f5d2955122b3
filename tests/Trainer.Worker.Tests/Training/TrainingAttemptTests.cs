using System.Security.Cryptography;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Microsoft.ML.OnnxRuntime;

namespace Analytics.Trainer.Worker.Tests.Training;

public sealed class TrainingAttemptTests : IDisposable
{
    private static readonly string[] Algorithms = ["random-forest", "lightgbm", "linear"];

    private readonly AttemptFolder _folder = new();

    public static TheoryData<string> EachAlgorithm => [.. Algorithms];

    [Fact]
    public async Task Run_Iris_GivesEverythingAManifestNeeds()
    {
        var model = await _folder.WithFile(RepositoryFiles.Data("iris.csv"))
            .TrainAsync(AttemptFolder.Job("iris", new DatasetSchema("species"), parameters: ("trees", 20)));

        Assert.Equal(["setosa", "versicolor", "virginica"], model.Signature.Output.Classes!);
        Assert.Equal(["sepal_length", "sepal_width", "petal_length", "petal_width"], model.Signature.Inputs.Select(i => i.Name));
        Assert.All(model.Signature.Inputs, i => Assert.True(i.Required));
        Assert.Equal(20, model.Parameters["trees"].GetInt32());
        Assert.Equal(1, model.Parameters["seed"].GetInt32());
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(RepositoryFiles.Data("iris.csv")))), model.Data.Sha256);
        Assert.Equal(["sepal_length", "sepal_width", "petal_length", "petal_width"], model.Split.Columns);
        Assert.Equal(("iris", 0.2), (model.Split.Salt, model.Split.HoldoutShare));
        Assert.Equal(150, model.Data.Rows);
        Assert.Equal(["accuracy", "macroF1", "logLoss", "rocAuc", "brier", "calibrationError"], model.Metrics.Keys);
        Assert.All([FileRole.Model, FileRole.Golden, FileRole.Profile, FileRole.Report], role => Assert.True(File.Exists(_folder.File(model.Files[role]))));
        Assert.Null(model.Champion);
        using var scorer = _folder.LoadModel(model);
        Assert.True(Score(scorer, model.Signature, 5.1f, 3.5f, 1.4f, 0.2f)[0] > 0.9);
    }

    // The graph is anybody's to read: the label is its second output, with the lowest class on a tie.
    [Fact]
    public async Task Run_Graph_AnswersLabelAndProbabilities()
    {
        var model = await _folder.WithFile(RepositoryFiles.Data("iris.csv"))
            .TrainAsync(AttemptFolder.Job("iris", new DatasetSchema("species"), parameters: ("trees", 5)));
        using var session = new InferenceSession(_folder.File(model.Files[FileRole.Model]));
        var inputs = model.Signature.Inputs.ToDictionary(
            i => i.Name, i => OrtValue.CreateTensorValueFromMemory(new[] { i.Name == "petal_length" ? 1.4f : 3f, 6f }, [2, 1]));
        using var outputs = session.Run(new RunOptions(), inputs, [OnnxScorer.LabelOutput, OnnxScorer.ProbabilitiesOutput]);
        Assert.Equal("setosa", outputs[0].GetStringElement(0));
        Assert.Equal([2L], outputs[0].GetTensorTypeAndShape().Shape);
        Assert.Equal([2L, 3L], outputs[1].GetTensorTypeAndShape().Shape);
    }

    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_SameJobTwice_GivesTheSameBytes(string algorithm)
    {
        var job = AttemptFolder.Job("penguins_raw", new DatasetSchema("Species"), algorithm);
        job = job with { Parameters = new Dictionary<string, JsonElement> { [algorithm == "random-forest" ? "trees" : "iterations"] = JsonSerializer.SerializeToElement(10) } };
        var files = new List<string[]>();
        for (var i = 0; i < 2; i++)
        {
            var model = await _folder.WithFile(RepositoryFiles.Data("penguins_raw.csv")).TrainAsync(job);
            files.Add([.. model.Files.Values.Select(f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_folder.File(f)))))]);
        }

        TestContext.Current.SendDiagnosticMessage("{0} model {1}", algorithm, files[0][0]);
        Assert.Equal(files[0], files[1]);
    }

    [Fact]
    public async Task Run_Penguins_TakesTheSampleSchema()
    {
        var schema = new DatasetSchema(
            "Species", Exclude: ["studyName", "Sample Number", "Individual ID", "Date Egg", "Comments"]);
        var model = await _folder.WithFile(RepositoryFiles.Data("penguins_raw.csv"))
            .TrainAsync(AttemptFolder.Job("penguins", schema, parameters: ("trees", 20)));

        Assert.Equal(
            [
                "Island", "Clutch Completion", "Culmen Length (mm)", "Culmen Depth (mm)", "Flipper Length (mm)",
                "Body Mass (g)", "Sex", "Delta 15 N (o/oo)", "Delta 13 C (o/oo)",
            ],
            model.Signature.Inputs.Select(i => i.Name));
        Assert.Equal(["Biscoe", "Dream", "Torgersen"], model.Signature.Inputs[0].Categories!);
        Assert.True(model.Signature.Inputs[0].Required);
        Assert.False(model.Signature.Inputs.Single(i => i.Name == "Sex").Required);
        Assert.Equal(["Left out because it has the same value in every row: 'Region', 'Stage'."], model.Warnings);
        Assert.True(model.Metrics["accuracy"] > 0.9);
    }

    // Column names may be anything, also what the graph calls its own values.
    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_AnyColumnNames_AreInputNames(string algorithm)
    {
        var csv = SyntheticData.Csv(60, "a", "b").Replace("x,z,y", "\"Concat, \"\"mm\"\" (é)\",indicated,label", StringComparison.Ordinal);
        var model = await _folder.WithText(csv).TrainAsync(AttemptFolder.Job("d", new DatasetSchema("label"), algorithm));
        Assert.Equal(["Concat, \"mm\" (é)", "indicated"], model.Signature.Inputs.Select(i => i.Name));
        Assert.Equal("label", model.Signature.Output.Name);
    }

    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_TinyData_Trains(string algorithm)
    {
        foreach (var rows in (int[])[10, 13, 30])
        {
            var model = await _folder.WithText(SyntheticData.Csv(rows, "a", "b", "c"))
                .TrainAsync(AttemptFolder.Job($"d{rows}", new DatasetSchema("y"), algorithm));
            Assert.Equal(rows, model.Data.Rows);
        }
    }

    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_NothingToLearnFrom_StillGivesAModel(string algorithm)
    {
        // Named by include, so it stays; the model can only answer with the classes' shares.
        var csv = "x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"3,{"aab"[i % 3]}\n"));
        var model = await _folder.WithText(csv)
            .TrainAsync(AttemptFolder.Job("d", new DatasetSchema("y", Include: ["x"]), algorithm) with { Split = new SplitDefinition("other", ["x"], 0) });
        using var scorer = _folder.LoadModel(model);
        var answer = Score(scorer, model.Signature, 3);
        Assert.InRange(answer[0], 0.5, 0.8);
        Assert.Equal(1, answer.Sum(), 1e-5);
        Assert.Contains("No row is held out: the data is too small, and the model has no metrics.", model.Warnings);
        Assert.Empty(model.Metrics);
    }

    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Run_DeclaredClassWithoutRows_IsNeverPredicted(string algorithm)
    {
        var schema = new DatasetSchema("y", Classes: ["never", "c", "b", "a"]);
        var model = await _folder.WithText(SyntheticData.Csv(200, "a", "b", "c"))
            .TrainAsync(AttemptFolder.Job("d", schema, algorithm));
        Assert.Equal(["never", "c", "b", "a"], model.Signature.Output.Classes!);
        Assert.Contains("Classes without a training row, which the model never predicts: 'never'.", model.Warnings);
        using var scorer = _folder.LoadModel(model);
        var answer = Score(scorer, model.Signature, 21, 50);
        Assert.InRange(answer[1], 0.8, 1);
        Assert.InRange(answer[0], 0, 0.001);
    }

    [Fact]
    public async Task Run_ModelLargerThanAllowed_SaysWhatToLower()
    {
        var job = AttemptFolder.Job("iris", new DatasetSchema("species")) with { MaxModelBytes = 10_000 };
        var error = await _folder.WithFile(RepositoryFiles.Data("iris.csv")).FailAsync(job);
        Assert.Contains("the limit is 0.01 MB (Training:MaxModelBytes). Lower 'trees' or 'maxDepth'", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("model.onnx")));
    }

    [Fact]
    public async Task Run_Report_HasFiguresPerClass()
    {
        var model = await _folder.WithText(SyntheticData.Csv(200, "a", "b")).TrainAsync(AttemptFolder.Job("d", new DatasetSchema("y")));
        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(
            _folder.File(model.Files[FileRole.Report]), TestContext.Current.CancellationToken));
        var classes = report.RootElement.GetProperty("classes");
        Assert.Equal(["a", "b"], classes.EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Equal(1, classes[0].GetProperty("recall").GetDouble());
        Assert.Equal(
            model.Data.HoldoutRows,
            report.RootElement.GetProperty("confusion").EnumerateArray().Sum(r => r.EnumerateArray().Sum(n => n.GetInt64())));
        using var profile = JsonDocument.Parse(await File.ReadAllBytesAsync(
            _folder.File(model.Files[FileRole.Profile]), TestContext.Current.CancellationToken));
        Assert.Equal(["y", "x", "z"], profile.RootElement.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Run_RowOnceHeldOut_IsNeverTrainedOnLater()
    {
        var first = await _folder.WithText(SyntheticData.Csv(200, "a", "b")).TrainAsync(AttemptFolder.Job("d", new DatasetSchema("y")));
        // More rows, another order of columns in the schema, fewer inputs: the split is the first one's.
        var job = AttemptFolder.Job("renamed", new DatasetSchema("y", Include: ["x"])) with { Split = first.Split };
        var second = await _folder.WithText(SyntheticData.Csv(400, "a", "b")).TrainAsync(job);
        Assert.Equal(first.Data.Split, second.Data.Split);
        Assert.Equal(first.Split.Columns, second.Split.Columns);
        Assert.True(second.Data.HoldoutRows >= first.Data.HoldoutRows);
    }

    public void Dispose() => _folder.Dispose();

    internal static float[] Score(IScorer scorer, Signature signature, params float[] numbers)
    {
        var batch = new RowBatch(signature);
        batch.AddRow();
        for (var c = 0; c < numbers.Length; c++)
        {
            batch.SetNumber(0, c, numbers[c]);
        }

        var output = new float[scorer.OutputWidth];
        scorer.Score(batch, output);
        return output;
    }
}
