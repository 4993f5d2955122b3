using Analytics.Benchmarks.Training;

namespace Analytics.Benchmarks.Tests;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new[] { 5.0 }, 5)]
    [InlineData(new[] { 9.0, 1, 5 }, 5)]
    [InlineData(new[] { 9.0, 1, 5, 2 }, 3.5)]
    public void Median_AnyOrder_IsTheMiddle(double[] values, double expected) => Assert.Equal(expected, Statistics.Median(values));

    // Student's 97.5 % quantiles from the tables: 2.776 for 4 degrees of freedom, 1.984 for 99.
    [Theory]
    [InlineData(5, 2.776)]
    [InlineData(100, 1.984)]
    public void MeanWithInterval_PairedDifferences_UsesStudentsQuantile(int count, double quantile)
    {
        double[] differences = [.. Enumerable.Range(0, count).Select(i => i % 5 - 1.0)];
        var deviation = Math.Sqrt(differences.Sum(d => (d - 1) * (d - 1)) / (count - 1));

        var (mean, low, high) = Statistics.MeanWithInterval(differences);

        Assert.Equal(1, mean, 12);
        Assert.Equal(quantile * deviation / Math.Sqrt(count), high - mean, 0.002);
        Assert.Equal(high - mean, mean - low, 12);
    }

    [Fact]
    public void MeanWithInterval_SameDifferenceEverywhere_HasNoWidth() => Assert.Equal((0.5, 0.5, 0.5), Statistics.MeanWithInterval([0.5, 0.5, 0.5]));

    [Fact]
    public void TestScore_KnownProbabilities_GivesAccuracyAndLogLoss()
    {
        // The second row is wrong and thinks its class impossible, which is clipped and not infinite.
        var score = TestScore.Of([0.5f, 0.25f, 0.25f, 0, 1, 0], [0, 2]);

        Assert.Equal(0.5, score.Accuracy);
        Assert.Equal((Math.Log(2) - Math.Log(1.1920929e-7)) / 2, score.LogLoss, 6);
    }

    [Fact]
    public void Folds_UnevenClasses_TestEachRowOnceAndKeepTheShares()
    {
        int[] labels = [.. Enumerable.Range(0, 100).Select(r => r < 80 ? 0 : 1)];

        var folds = Split.Folds(labels, 10, seed: 3);

        Assert.Equal(Enumerable.Range(0, 100), folds.SelectMany(f => f.TestRows).Order());
        Assert.All(folds, fold =>
        {
            Assert.Equal(2, fold.TestRows.Count(r => labels[r] == 1));
            Assert.Equal(Enumerable.Range(0, 100), fold.TrainRows.Concat(fold.TestRows).Order());
        });
        Assert.NotEqual(folds[0].TestRows, Split.Folds(labels, 10, seed: 4)[0].TestRows);
    }
}
