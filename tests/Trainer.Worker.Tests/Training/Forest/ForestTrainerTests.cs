using System.Runtime.InteropServices;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Tests.Training.Forest;

public sealed class ForestTrainerTests
{
    [Fact]
    public void Classify_AnyNumberOfThreads_GivesTheSameForest()
    {
        var (columns, labels) = Blobs(rows: 700, columns: 9, classes: 4, missing: 0.1);

        var one = Classify(columns, labels, 4, new ForestParameters { Trees = 24, Threads = 1, Seed = 5 });
        var three = Classify(columns, labels, 4, new ForestParameters { Trees = 24, Threads = 3, Seed = 5 });
        var other = Classify(columns, labels, 4, new ForestParameters { Trees = 24, Threads = 1, Seed = 6 });

        Assert.Equal(Bytes(one), Bytes(three));
        Assert.Equal(one.Importance, three.Importance);
        Assert.Equal(Estimates(one), Estimates(three));
        Assert.NotEqual(Bytes(one), Bytes(other));
    }

    [Fact]
    public void Classify_SeparableClasses_AreLearnedAndTheOutOfBagEstimateAgrees()
    {
        var (columns, labels) = Blobs(rows: 1_200, columns: 6, classes: 3, missing: 0);

        var forest = Classify(columns[..6], labels, 3, new ForestParameters { Trees = 50 });

        var right = Enumerable.Range(0, labels.Length)
            .Where(r => forest.OutOfBag.Trees(r) > 0)
            .Average(r => Best(k => forest.OutOfBag.Probability(r, k), 3) == labels[r] ? 1.0 : 0);
        Assert.InRange(right, 0.9, 1);
        Assert.Equal(1, forest.Importance.Sum(), 9);
        for (var r = 0; r < 20; r++)
        {
            Assert.Equal(1, Enumerable.Range(0, 3).Sum(k => forest.OutOfBag.Probability(r, k)), 3);
        }
    }

    [Fact]
    public void Classify_PermutationImportance_IsHighForTheColumnThatTells()
    {
        var random = new Random(9);
        var labels = Enumerable.Range(0, 500).Select(_ => (ushort)random.Next(2)).ToArray();
        var telling = labels.Select(l => l + (0.8f * random.NextSingle())).ToArray();
        var noise = labels.Select(_ => random.NextSingle()).ToArray();

        var forest = Classify([noise, telling], labels, 2, new ForestParameters { Trees = 20, PermutationImportance = true });

        Assert.InRange(forest.PermutationImportance![1], 0.3, 0.6);
        Assert.InRange(forest.PermutationImportance[0], -0.05, 0.05);
    }

    // scikit-learn#12018: missing is a value of its own, not a number.
    [Fact]
    public void Classify_MissingTellsTheClass_ItsDirectionIsLearnedBothWays()
    {
        var random = new Random(3);
        var labels = new ushort[400];
        var column = new float[400];
        for (var r = 0; r < labels.Length; r++)
        {
            labels[r] = (ushort)(r % 3);
            // Class 0 is low, class 1 is high, class 2 is missing.
            column[r] = labels[r] switch { 0 => random.NextSingle(), 1 => 5 + random.NextSingle(), _ => float.NaN };
        }

        var forest = Classify([column], labels, 3, new ForestParameters { Trees = 20 });

        Assert.Equal([0, 1, 2], new[] { 0.5f, 5.5f, float.NaN }.Select(x => Best(Predict(forest, [x]))));
    }

    [Fact]
    public void Classify_OnlyMissingSeparates_IsSplitToo()
    {
        var column = Enumerable.Range(0, 100).Select(r => r % 2 == 0 ? 1f : float.NaN).ToArray();
        var labels = Enumerable.Range(0, 100).Select(r => (ushort)(r % 2)).ToArray();

        var forest = Classify([column], labels, 2, new ForestParameters { Trees = 10 });

        Assert.Equal(1, Predict(forest, [1f])[0]);
        Assert.Equal(1, Predict(forest, [float.NaN])[1]);
    }

    [Fact]
    public void Classify_Bounds_AreKept()
    {
        var (columns, labels) = Blobs(rows: 600, columns: 5, classes: 3, missing: 0);

        var shallow = Classify(columns, labels, 3, new ForestParameters { Trees = 10, MaxDepth = 2 });
        var coarse = Classify(columns, labels, 3, new ForestParameters { Trees = 10, MinLeaf = 50, Replace = false, SampleFraction = 0.5 });

        Assert.All(shallow.Trees, t => Assert.InRange(t.Count, 3, 7));
        // 300 rows drawn, 50 in each leaf.
        Assert.All(coarse.Trees, t => Assert.InRange(t.Feature.Count(f => f < 0), 2, 6));
    }

    [Fact]
    public void Classify_ClassWeights_MoveTheBorder()
    {
        var random = new Random(11);
        var labels = new ushort[2_000];
        var column = new float[2_000];
        for (var r = 0; r < labels.Length; r++)
        {
            labels[r] = (ushort)(random.Next(10) == 0 ? 1 : 0);
            column[r] = random.NextSingle() + (0.3f * labels[r]);
        }

        var plain = Classify([column], labels, 2, new ForestParameters { Trees = 20, MinLeaf = 40 });
        var weighted = Classify([column], labels, 2, new ForestParameters { Trees = 20, MinLeaf = 40, ClassWeights = [1, 9] });

        Assert.True(Predict(weighted, [0.9f])[1] > Predict(plain, [0.9f])[1] + 0.2);
    }

    [Fact]
    public void Regress_SmoothFunction_IsLearnedWithTheSameOutOfBagOnAnyThreads()
    {
        var random = new Random(5);
        var x = Enumerable.Range(0, 2_000).Select(_ => random.NextSingle() * 6).ToArray();
        var noise = Enumerable.Range(0, 2_000).Select(_ => random.NextSingle()).ToArray();
        var y = x.Select(v => 1_000_000 + MathF.Sin(v)).ToArray();

        var one = ForestTrainer.Regress(FeatureColumns.Of(x, noise), y, new ForestParameters { Trees = 30, MinLeaf = 5, Threads = 1, FeaturesPerSplit = 2 }, null, Token);
        var two = ForestTrainer.Regress(FeatureColumns.Of(x, noise), y, new ForestParameters { Trees = 30, MinLeaf = 5, Threads = 2, FeaturesPerSplit = 2 }, null, Token);

        var error = Math.Sqrt(Enumerable.Range(0, y.Length).Where(r => one.OutOfBag.Trees(r) > 0).Average(r => Math.Pow(one.OutOfBag.Mean(r) - y[r], 2)));
        Assert.InRange(error, 0, 0.15);
        Assert.True(one.Importance[0] > 0.9);
        Assert.Equal(Enumerable.Range(0, 50).Select(one.OutOfBag.Mean), Enumerable.Range(0, 50).Select(two.OutOfBag.Mean));
    }

    [Fact]
    public async Task Classify_Cancelled_StopsBetweenTrees()
    {
        var (columns, labels) = Blobs(rows: 2_000, columns: 9, classes: 4, missing: 0);
        using var stop = new CancellationTokenSource();
        var progress = new Step(() => stop.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(
            () => ForestTrainer.Classify(FeatureColumns.Of(columns), labels, 4, new ForestParameters { Trees = 10_000 }, progress, stop.Token),
            Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RandomForest Classify(float[][] columns, ushort[] labels, int classes, ForestParameters parameters) =>
        ForestTrainer.Classify(FeatureColumns.Of(columns), labels, classes, parameters, null, Token);

    private static float[] Predict(RandomForest forest, float[] row)
    {
        var output = new float[forest.Width];
        forest.Predict(row, output);
        return output;
    }

    private static int Best(float[] values) => Best(k => values[k], values.Length);

    private static int Best(Func<int, double> value, int count) => Enumerable.Range(0, count).MaxBy(value);

    private static double[] Estimates(RandomForest forest) =>
        [.. Enumerable.Range(0, 100).Where(r => forest.OutOfBag.Trees(r) > 0).Select(r => forest.OutOfBag.Probability(r, 0))];

    private static byte[] Bytes(RandomForest forest) =>
        [.. forest.Trees.SelectMany(t => (byte[])[
            .. MemoryMarshal.AsBytes<int>(t.Feature), .. MemoryMarshal.AsBytes<float>(t.Threshold), .. MemoryMarshal.AsBytes<int>(t.Left),
            .. MemoryMarshal.AsBytes<float>(t.LeafValue), .. MemoryMarshal.AsBytes<bool>(t.MissingLeft)])];

    private static (float[][] Columns, ushort[] Labels) Blobs(int rows, int columns, int classes, double missing)
    {
        var random = new Random(42);
        var labels = new ushort[rows];
        var data = Enumerable.Range(0, columns).Select(_ => new float[rows]).ToArray();
        for (var r = 0; r < rows; r++)
        {
            labels[r] = (ushort)random.Next(classes);
            for (var c = 0; c < columns; c++)
            {
                var centre = (labels[r] * 7 + c * 3) % 5;
                data[c][r] = random.NextDouble() < missing ? float.NaN : centre + (2 * random.NextSingle());
            }
        }

        return (data, labels);
    }

    private sealed class Step(Action action) : IProgress<double>
    {
        public void Report(double value) => action();
    }
}
