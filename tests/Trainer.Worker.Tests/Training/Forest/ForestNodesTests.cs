using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Testing;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Forest;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Tests.Training.Forest;

public sealed class ForestNodesTests
{
    [Fact]
    public void AddTo_RegressionOnDiamonds_GraphAnswersAsTheForest()
    {
        // carat, depth, table, x, y, z; the categories are another test's.
        var rows = File.ReadLines(RepositoryFiles.Data("diamonds.csv")).Skip(1).Select(l => l.Split(',')).Where((_, i) => i % 4 == 0).ToList();
        float[][] columns = [.. ((int[])[0, 4, 5, 7, 8, 9]).Select(c => rows.Select((r, i) => i % 50 == c ? float.NaN : Number(r[c])).ToArray())];
        var prices = rows.Select(r => Number(r[6])).ToArray();
        var forest = ForestTrainer.Regress(
            FeatureColumns.Of(columns), prices, new ForestParameters { Trees = 20, MinLeaf = 5 }, null, TestContext.Current.CancellationToken);

        using var scorer = Load(forest, columns.Length, new SignatureOutput("price", OutputKind.Number), out var batch);
        for (var r = 0; r < 10_000; r++)
        {
            batch.AddRow();
            for (var c = 0; c < columns.Length; c++)
            {
                batch.SetNumber(r, c, columns[c][r]);
            }
        }

        var found = new float[batch.Count];
        scorer.Score(batch, found);

        var row = new float[columns.Length];
        var expected = new float[1];
        double squares = 0, variance = 0, mean = prices.Average();
        for (var r = 0; r < batch.Count; r++)
        {
            for (var c = 0; c < row.Length; c++)
            {
                row[c] = columns[c][r];
            }

            forest.Predict(row, expected);
            Assert.InRange(found[r], expected[0] * (1 - 1e-5f), expected[0] * (1 + 1e-5f));
            if (forest.OutOfBag.Trees(r) == 0)
            {
                continue;
            }

            squares += Math.Pow(forest.OutOfBag.Mean(r) - prices[r], 2);
            variance += Math.Pow(prices[r] - mean, 2);
        }

        // R squared out of bag, on the sizes alone.
        Assert.InRange(1 - (squares / variance), 0.85, 0.97);
    }

    // ONNX Runtime's own rule for two classes: see the comment where the votes are written.
    [Fact]
    public void AddTo_TwoClassesOneSilent_SharesAreShares()
    {
        float[] column = [.. Enumerable.Range(0, 40).Select(i => (float)i)];
        var labels = Enumerable.Range(0, 40).Select(i => (ushort)(i / 20)).ToArray();
        var forest = ForestTrainer.Classify(FeatureColumns.Of(column), labels, 2, new ForestParameters { Trees = 10 }, null, TestContext.Current.CancellationToken);

        using var scorer = Load(forest, 1, new SignatureOutput("y", OutputKind.Classes, ["a", "b"]), out var batch);
        batch.AddRow();
        batch.SetNumber(0, 0, -5);
        batch.AddRow();
        batch.SetNumber(1, 0, 100);
        var found = new float[4];
        scorer.Score(batch, found);

        Assert.Equal([1, 0, 0, 1], found);
    }

    private static OnnxScorer Load(RandomForest forest, int columns, SignatureOutput output, out RowBatch batch)
    {
        var name = output.Kind == OutputKind.Number ? OnnxScorer.ValueOutput : OnnxScorer.ProbabilitiesOutput;
        var graph = new OnnxGraph();
        graph.Reserve(name);
        var inputs = Enumerable.Range(0, columns).Select(c => $"c{c}").ToArray();
        foreach (var input in inputs)
        {
            graph.AddInput(input, text: false);
        }

        var features = columns == 1 ? inputs[0] : graph.AddNode("Concat", inputs, OnnxAttribute.Of("axis", 1L));
        graph.AddNode("Identity", [ForestNodes.AddTo(graph, features, forest)], name);
        graph.AddOutput(name, forest.Width);
        var signature = new Signature([.. inputs.Select(i => new InputColumn(i, ColumnType.Number, Required: false))], output);
        batch = new RowBatch(signature);
        return OnnxScorer.Load(graph.ToBytes(), signature);
    }

    private static float Number(string text) => float.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
