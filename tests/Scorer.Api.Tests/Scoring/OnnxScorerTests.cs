using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Tests.Support;

namespace Analytics.Scorer.Api.Tests.Scoring;

public sealed class OnnxScorerTests
{
    [Fact]
    public void Score_OneRowAndMany_GiveTheModelsAnswers()
    {
        var model = new TestModel(TestModel.Flowers, 3);
        using var scorer = OnnxScorer.Load(model.Graph(), model.Signature);
        object?[][] rows =
        [
            [1.5f, 2f, "red", "north"],
            [-3f, null, null, "süd"],
            [0f, 1e30f, "unseen", "north"],
            [0.25f, -2f, "blue", "unseen"],
            [1.5f, 2f, "red", "north"],
        ];
        var many = new RowBatch(model.Signature);
        foreach (var row in rows)
        {
            TestModel.Add(many, row);
        }

        var outputs = new float[rows.Length * scorer.OutputWidth];
        scorer.Score(many, outputs);

        var one = new RowBatch(model.Signature);
        var output = new float[scorer.OutputWidth];
        for (var r = 0; r < rows.Length; r++)
        {
            one.Reset();
            TestModel.Add(one, rows[r]);
            scorer.Score(one, output);
            Assert.Equal(outputs.Skip(r * 3).Take(3), output);
            Assert.All(model.Expected(rows[r]).Zip(output), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    // machinelearning#5582
    [Fact]
    public async Task Score_SixteenThreads_EqualsOneThread()
    {
        const int rows = 20_000;
        var model = new TestModel(TestModel.Flowers, 1);
        using var scorer = OnnxScorer.Load(model.Graph(), model.Signature);
        var random = new Random(1);
        object?[][] inputs = [.. Enumerable.Range(0, rows).Select(_ => (object?[])[
            random.NextSingle() * 10, random.Next(5) == 0 ? null : random.NextSingle(), random.Next(3) switch { 0 => "red", 1 => "blue", _ => null },
            random.Next(2) == 0 ? "north" : "süd"])];
        var expected = ScoreAll(0);

        var found = await Task.WhenAll(Enumerable.Range(0, 16).Select(thread => Task.Run(() => ScoreAll(thread * 1_000))));

        Assert.All(found, outputs => Assert.Equal(expected, outputs));

        // Each thread begins elsewhere, so that different rows meet.
        float[] ScoreAll(int first)
        {
            var batch = new RowBatch(model.Signature);
            var outputs = new float[rows * 3];
            for (var i = 0; i < rows; i++)
            {
                var row = (first + i) % rows;
                batch.Reset();
                TestModel.Add(batch, inputs[row]);
                scorer.Score(batch, outputs.AsSpan(row * 3, 3));
            }

            return outputs;
        }
    }

    [Fact]
    public void Load_NotAGraph_Says()
    {
        var model = new TestModel(TestModel.Iris, 1);
        var error = Assert.Throws<InvalidDataException>(() => OnnxScorer.Load("no graph"u8.ToArray(), model.Signature));
        Assert.Contains("ONNX Runtime cannot load the model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnotherModelsSignature_NamesTheInput()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => OnnxScorer.Load(new TestModel(TestModel.Iris, 1).Graph(), new TestModel(TestModel.Flowers, 1).Signature));
        Assert.Contains("no input 'height'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OtherNumberOfClasses_NamesBoth()
    {
        var model = new TestModel(TestModel.Iris, 1);
        var signature = model.Signature with { Output = new SignatureOutput("species", OutputKind.Classes, ["a", "b"]) };
        var error = Assert.Throws<InvalidDataException>(() => OnnxScorer.Load(model.Graph(), signature));
        Assert.Contains("[-1, 3]; the signature wants Single [N, 2]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TextInputForANumber_NamesBoth()
    {
        var model = new TestModel(TestModel.Flowers, 1);
        InputColumn[] inputs = [.. TestModel.Flowers.Select(c => c with { Type = ColumnType.Number })];
        var error = Assert.Throws<InvalidDataException>(
            () => OnnxScorer.Load(model.Graph(), model.Signature with { Inputs = inputs }));
        Assert.Contains("'color' is String", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GoldenRows_ThroughJson_VerifyTheModelAndNoOther()
    {
        var model = new TestModel(TestModel.Flowers, 1);
        var json = System.Text.Json.JsonSerializer.Serialize(model.Golden(), RegistryJson.Default.GoldenRows);
        var golden = System.Text.Json.JsonSerializer.Deserialize(json, RegistryJson.Default.GoldenRows)!;
        using var right = OnnxScorer.Load(model.Graph(), model.Signature);
        using var wrong = OnnxScorer.Load(new TestModel(TestModel.Flowers, 2).Graph(), model.Signature);

        Assert.Null(golden.Verify(model.Signature, right));
        Assert.Contains("Golden row 0, output 0: expected", golden.Verify(model.Signature, wrong), StringComparison.Ordinal);
    }
}
