using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Tests.Training.Evaluation;

// Expected values: scikit-learn 1.2.1 and NumPy on the same float32 arrays; bench/run metrics compares many more.
public class HeldOutAnswersTests
{
    private static readonly float[] Probabilities =
    [
        .7f, .2f, .1f, 0,
        .1f, .8f, .1f, 0,
        .4f, .4f, .2f, 0,
        0, 1, 0, 0,
        .3f, .3f, .4f, 0,
        1, 0, 0, 0,
        .25f, .25f, .25f, .25f,
    ];

    private static readonly int[] Labels = [0, 1, 1, 2, 2, 0, 0];
    private static readonly float[] Targets = [3, -.5f, 2, 7, 4.25f];
    private static readonly float[] Numbers = [2.5f, 0, 2, 8, 4];

    [Theory]
    [InlineData(MetricName.Accuracy, 0.7142857142857143)]
    [InlineData(MetricName.MacroF1, 0.6746031746031745)]
    [InlineData(MetricName.LogLoss, 2.820154367651029)]
    [InlineData(MetricName.RocAuc, 0.7277777777777779)]
    [InlineData(MetricName.Brier, 0.5785714300615448)]
    [InlineData(MetricName.CalibrationError, 0.3499999982970101)]
    public void Measure_TiesZerosAndAnAbsentClass_EqualsScikitLearn(string metric, double expected) =>
        Assert.Equal(expected, new ClassAnswers(Probabilities, Labels, 4).Measure(metric), 1e-6);

    [Theory]
    [InlineData(MetricName.RocAuc, 0.75)]
    [InlineData(MetricName.Brier, 0.198500002563)]
    [InlineData(MetricName.LogLoss, 0.5610885042185921)]
    public void Measure_TwoClasses_TheSecondIsThePositiveOne(string metric, double expected) => Assert.Equal(
        expected,
        new ClassAnswers([.9f, .1f, .4f, .6f, .4f, .6f, .2f, .8f, .65f, .35f], [0, 1, 0, 1, 1], 2).Measure(metric),
        1e-6);

    [Fact]
    public void Measure_PerClassAndConfusion_EqualScikitLearn()
    {
        var answers = new ClassAnswers(Probabilities, Labels, 4);
        Assert.Equal([3, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], answers.Confusion().Counts.SelectMany(r => r));
        var perClass = answers.Confusion().PerClass();
        Assert.Equal([0.75, 0.5, 1, 0], perClass.Select(c => c.Precision));
        Assert.Equal([1, 0.5, 0.5, 0], perClass.Select(c => c.Recall));
        Assert.Equal([3, 2, 2, 0], perClass.Select(c => c.Support));
        Assert.Equal([0.75, 1], answers.Measure()[6..8]);
    }

    [Theory]
    [InlineData(null, 0.5590169943749475, 0.9491042345276873)]
    [InlineData(new[] { 2, 0, 1, 1, 1 }, 0.5590169943749475, 0.8954849498327759)]
    public void Measure_Numbers_EqualScikitLearn(int[]? draws, double rmse, double r2)
    {
        var figures = new NumberAnswers(Numbers, Targets).Measure(draws);
        Assert.Equal([rmse, 0.45, r2, 0.5, 0.8, 0.9, 0.98], figures.Select(f => Math.Round(f, 15)), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    // A row that counts twice is a row that is there twice.
    [Fact]
    public void Measure_Draws_EqualRepeatedRows()
    {
        int[] draws = [2, 0, 3, 1, 0, 1, 1];
        var rows = draws.SelectMany((n, i) => Enumerable.Repeat(i, n)).ToArray();
        var repeated = new ClassAnswers([.. rows.SelectMany(r => Probabilities[(4 * r)..((4 * r) + 4)])], [.. rows.Select(r => Labels[r])], 4);
        var answers = new ClassAnswers(Probabilities, Labels, 4);
        foreach (var metric in answers.Metrics)
        {
            Assert.Equal(repeated.Measure(metric), answers.Measure(metric, draws), 1e-12);
        }
    }

    [Fact]
    public void Measure_OneClassOnly_HasNoAreaUnderTheCurve() =>
        Assert.True(double.IsNaN(new ClassAnswers([.9f, .1f, .8f, .2f], [0, 0], 2).Measure(MetricName.RocAuc)));

    [Fact]
    public void Measure_ConstantTarget_HasNoDivisionByZero()
    {
        Assert.Equal(1, new NumberAnswers([3, 3], [3, 3]).Measure(MetricName.R2));
        Assert.Equal(0, new NumberAnswers([3, 4], [3, 3]).Measure(MetricName.R2));
    }

    [Fact]
    public void MostProbable_Tie_IsTheLowestIndex() => Assert.Equal(1, ClassAnswers.MostProbable([0.2f, 0.4f, 0.4f]));
}
