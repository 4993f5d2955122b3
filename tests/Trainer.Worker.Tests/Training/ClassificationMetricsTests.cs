using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Tests.Training;

public class ClassificationMetricsTests
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

    // Computed with scikit-learn 1.2.1 on the same float32 array (log_loss with labels=[0, 1, 2, 3]).
    [Fact]
    public void Compute_TiesZerosAndAnAbsentClass_EqualsScikitLearn()
    {
        var metrics = ClassificationMetrics.Compute(Probabilities, Labels, 4).ToManifest();
        Assert.Equal(0.7142857142857143, metrics["accuracy"], 1e-12);
        Assert.Equal(0.6746031746031745, metrics["macroF1"], 1e-12);
        Assert.Equal(2.820154367651029, metrics["logLoss"], 1e-6);
    }

    [Fact]
    public void Compute_PerClassAndConfusion_EqualScikitLearn()
    {
        var metrics = ClassificationMetrics.Compute(Probabilities, Labels, 4);
        Assert.Equal([3, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], metrics.Confusion.SelectMany(r => r));
        Assert.Equal([0.75, 0.5, 1, 0], metrics.PerClass().Select(c => c.Precision));
        Assert.Equal([1, 0.5, 0.5, 0], metrics.PerClass().Select(c => c.Recall));
        Assert.Equal([3, 2, 2, 0], metrics.PerClass().Select(c => c.Support));
    }

    [Fact]
    public void MostProbable_Tie_IsTheLowestIndex() => Assert.Equal(1, ClassificationMetrics.MostProbable([0.2f, 0.4f, 0.4f]));
}
