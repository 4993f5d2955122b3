using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Tests.Training.Evaluation;

public class BootstrapTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The standard error of a mean of n rows is σ/√n: the interval of the accuracy of 400 rows of which 300 are right is known.
    [Fact]
    public void Intervals_Accuracy_HasTheWidthOfItsStandardError()
    {
        var labels = new int[400];
        var probabilities = Enumerable.Range(0, 400).SelectMany(i => i < 300 ? new[] { .9f, .1f } : [.1f, .9f]).ToArray();
        var interval = Bootstrap.Intervals(new ClassAnswers(probabilities, labels, 2), Cancel)[0]!;
        var half = 1.96 * Math.Sqrt(0.75 * 0.25 / 400);
        Assert.Equal(0.75 - half, interval.Low, 0.01);
        Assert.Equal(0.75 + half, interval.High, 0.01);
    }

    [Fact]
    public void Intervals_SameAnswers_AreTheSame()
    {
        var answers = Noisy(500, 1, 3);
        Assert.Equal(Bootstrap.Intervals(answers, Cancel), Bootstrap.Intervals(answers, Cancel));
    }

    [Fact]
    public void Compare_SameAnswers_DifferByNothing()
    {
        var answers = Noisy(100, 1, 1);
        var found = PairedComparison.Of(answers, answers, MetricName.Rmse, 0.01, 1, Cancel);
        Assert.Equal((0, 0, 0, 1, 0), (found.Worsening, found.Low, found.High, found.WithinShare, found.BetterShare));
    }

    [Theory]
    [InlineData(1.0, 1.3, 0)]
    [InlineData(1.3, 1.0, 1)]
    public void Compare_OneIsClearlyWorse_AllSamplesSaySo(double candidate, double champion, double better)
    {
        var found = PairedComparison.Of(Noisy(2000, candidate, 1), Noisy(2000, champion, 2), MetricName.Rmse, 0.01, 1, Cancel);
        // Less noise is better: the first case's candidate has less.
        Assert.Equal(1 - better, found.BetterShare, 0.01);
        Assert.Equal(1 - better, found.WithinShare, 0.01);
        Assert.Equal(candidate - champion, found.Worsening, 0.1);
    }

    [Theory]
    [InlineData(0.01, 2, 0, 0.02)]
    [InlineData(0.01, 0.001, 1, 0.001)]
    public void Compare_Tolerance_IsRelativeAndNeverNothing(double tolerance, double noise, double scale, double expected)
    {
        var found = PairedComparison.Of(Noisy(5000, noise, 1), Noisy(5000, noise, 2), MetricName.Rmse, tolerance, scale, Cancel);
        Assert.Equal(expected, found.Allowed, expected / 10);
    }

    private static NumberAnswers Noisy(int rows, double noise, int seed)
    {
        var random = new Random(seed);
        var targets = Enumerable.Range(0, rows).Select(i => (float)i).ToArray();
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return new NumberAnswers([.. targets.Select(t => (float)(t + (noise * Normal())))], targets);
    }
}
