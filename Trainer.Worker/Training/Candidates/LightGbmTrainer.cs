using Analytics.Trainer.Worker.Training.Features;
using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>LightGBM's boosted trees with the multi-class softmax loss, through ML.NET.</summary>
public sealed class LightGbmTrainer : ICandidateTrainer
{
    private static readonly ParameterDefinition Iterations =
        new("iterations", 100, 1, 5000, Whole: true, "Rounds of boosting; each grows a tree for every class.");

    private static readonly ParameterDefinition LeafCount =
        new("leaves", 31, 2, 4096, Whole: true, "The most leaves of a tree.");

    private static readonly ParameterDefinition MinLeaf =
        new("minLeaf", 10, 1, 100_000, Whole: true, "The fewest training rows in a leaf.");

    private static readonly ParameterDefinition LearningRate =
        new("learningRate", 0.1, 0.001, 1, Whole: false, "How much a round corrects.");

    private static readonly ParameterDefinition FeatureFraction =
        new("featureFraction", 0.8, 0.01, 1, Whole: false, "The share of the features that a tree may use.");

    private static readonly ParameterDefinition L2 =
        new("l2", 0.01, 0, 1000, Whole: false, "L2 regularisation of the leaves' values.");

    /// <inheritdoc/>
    public string Name => "lightgbm";

    /// <inheritdoc/>
    public FeatureStyle FeatureStyle => FeatureStyle.Indicators;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterDefinition> Parameters { get; } =
        [Iterations, LeafCount, MinLeaf, LearningRate, FeatureFraction, L2, ParameterDefinition.Seed];

    /// <inheritdoc/>
    public IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(progress);
        cancellationToken.ThrowIfCancellationRequested();

        // LightGBM is shown only the classes that have rows: it has no use for a class it never sees.
        var present = rows.Labels.Distinct().Order().ToArray();
        var labels = Array.ConvertAll(rows.Labels, label => Array.BinarySearch(present, label));
        var context = new MLContext(parameters.Whole(ParameterDefinition.Seed.Name));
        using var link = MlNetCancellation.Link(context, cancellationToken);
        try
        {
            var model = context.MulticlassClassification.Trainers.LightGbm(Options(parameters))
                .Fit(MlNetRows.View(context, rows.Features.ToMatrix(), labels, classCount: present.Length));
            progress.Report(1);
            return new FittedBoosting(context, model, present, rows.ClassCount);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
        {
            throw new OperationCanceledException("Training was cancelled.", e, cancellationToken);
        }
    }

    private static LightGbmMulticlassTrainer.Options Options(ParameterValues parameters) => new()
    {
        FeatureColumnName = MlNetRows.Features,
        LabelColumnName = MlNetRows.Class,
        UseSoftmax = true,
        NumberOfIterations = parameters.Whole(Iterations.Name),
        NumberOfLeaves = parameters.Whole(LeafCount.Name),
        MinimumExampleCountPerLeaf = parameters.Whole(MinLeaf.Name),
        LearningRate = parameters.Number(LearningRate.Name),
        Booster = new GradientBooster.Options
        {
            FeatureFraction = parameters.Number(FeatureFraction.Name),
            L2Regularization = parameters.Number(L2.Name),
        },
        Seed = parameters.Whole(ParameterDefinition.Seed.Name),
        // Sums of histograms in a fixed order: the model does not depend on the number of threads.
        Deterministic = true,
        ForceColumnWise = true,
        // OpenMP's threads wait by spinning: on cores shared with other work, one more thread made it ten times slower.
        NumberOfThreads = Math.Max(1, Environment.ProcessorCount - 1),
        EvaluationMetric = LightGbmMulticlassTrainer.Options.EvaluateMetricType.None,
        UseCategoricalSplit = false,
        // Missing values are replaced before they come here.
        HandleMissingValue = false,
    };
}
