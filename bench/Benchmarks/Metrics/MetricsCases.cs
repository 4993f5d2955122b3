using Analytics.Benchmarks.Training;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Benchmarks.Metrics;

/// <summary>A forest's answers on the files of <c>bench/data</c>, and made-up ones with what forests seldom give.</summary>
internal static class MetricsCases
{
    private const int Trees = 30;

    public static async IAsyncEnumerable<MetricsCase> AllAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (name, label) in BenchmarkSet.All)
        {
            yield return Forest(await BenchmarkSet.ReadAsync(name, label, cancellationToken), cancellationToken);
        }

        yield return await DiamondsAsync(cancellationToken);
        var random = new Random(7);
        yield return Made("two classes, ties", random, 400, 2, ties: 8);
        yield return Made("five classes, zeros and ones", random, 2_000, 5, ties: 1);
        yield return Made("a class without rows", random, 300, 4, ties: 20, absent: 2);
        yield return MetricsCase.OfNumbers("one value, always right", [3, 3, 3], [3, 3, 3]);
        yield return MetricsCase.OfNumbers("large numbers", [1e7f, 2e7f, 3.5e7f, -1e3f], [1.1e7f, 2e7f, 3e7f, 0]);
    }

    private static MetricsCase Forest(BenchmarkSet set, CancellationToken cancellationToken)
    {
        var split = Training.Split.Fifth(set.Labels.Indexes, 1);
        var classes = set.Labels.Classes.Count;
        var encoding = FeatureFitting.Fit(set.Table, set.Inputs, split.TrainRows, set.Labels.Indexes, classes, FeatureStyle.Ordered, []);
        int[] labels = [.. split.TrainRows.Select(r => set.Labels.Indexes[r])];
        var forest = ForestTrainer.Classify(
            encoding.ColumnsOf(set.Table, split.TrainRows),
            [.. labels.Select(l => (ushort)l)],
            classes,
            new ForestParameters { Trees = Trees },
            null,
            cancellationToken);
        return MetricsCase.OfClasses(
            set.Name,
            new FittedRandomForest(forest, labels).Predict(encoding.Apply(set.Table, split.TestRows)),
            [.. split.TestRows.Select(r => set.Labels.Indexes[r])],
            classes);
    }

    private static async Task<MetricsCase> DiamondsAsync(CancellationToken cancellationToken)
    {
        var (_, choice, reading) = await DataPreparation.ReadAsync(
            BenchFiles.Data("diamonds.csv"), new DatasetSchema(Label: "price"), null, null, cancellationToken);
        var targets = ((NumberTarget)TargetReading.Read(reading.Table[choice.Label], new DatasetSchema())).Values;
        float[] carats = ((NumberColumn)reading.Table["carat"]).Values, depths = ((NumberColumn)reading.Table["depth"]).Values;
        var train = Enumerable.Range(0, targets.Length).Where(i => i % 5 != 0).ToArray();
        var test = Enumerable.Range(0, targets.Length).Where(i => i % 5 == 0).ToArray();
        float[] At(float[] values, int[] rows) => [.. rows.Select(r => values[r])];
        var forest = ForestTrainer.Regress(
            FeatureColumns.Of(At(carats, train), At(depths, train)),
            At(targets, train),
            new ForestParameters { Trees = Trees },
            null,
            cancellationToken);
        var answers = new float[test.Length];
        for (var i = 0; i < test.Length; i++)
        {
            forest.Predict([carats[test[i]], depths[test[i]]], answers.AsSpan(i, 1));
        }

        return MetricsCase.OfNumbers("diamonds", answers, At(targets, test));
    }

    // Probabilities of few different values, among them none and certainty.
    private static MetricsCase Made(string name, Random random, int rows, int classes, int ties, int absent = -1)
    {
        var probabilities = new float[rows * classes];
        var labels = new int[rows];
        for (var r = 0; r < rows; r++)
        {
            var shares = Enumerable.Range(0, classes).Select(_ => (double)random.Next(ties + 1)).ToArray();
            shares[random.Next(classes)] += shares.Sum() == 0 ? 1 : 0;
            for (var k = 0; k < classes; k++)
            {
                probabilities[(r * classes) + k] = (float)(shares[k] / shares.Sum());
            }

            do
            {
                labels[r] = random.Next(classes);
            }
            while (labels[r] == absent);
        }

        return MetricsCase.OfClasses(name, probabilities, labels, classes);
    }
}
