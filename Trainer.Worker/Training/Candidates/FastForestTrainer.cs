using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Trees;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>
/// ML.NET's FastForest: its regression for a number; for classes its forest of two, once per class against the others. A leaf's value is the mean
/// of +1 and -1 over its rows, so a forest's mean is a share of votes; the classes' shares, normalised, are the probabilities.
/// Platt's calibration is left out: on the training rows, which the trees nearly know by heart, it makes the answers too sure.
/// </summary>
public sealed class FastForestTrainer : ICandidateTrainer
{
    /// <summary>The algorithm's name.</summary>
    public const string AlgorithmName = "fastforest";

    private static readonly ParameterDefinition Trees =
        new("trees", 100, 1, 5000, Whole: true, "Trees for each class.");

    private static readonly ParameterDefinition LeafCount =
        new("leaves", 128, 2, 4096, Whole: true, "The most leaves of a tree.");

    private static readonly ParameterDefinition MinLeaf =
        new("minLeaf", 1, 1, 100_000, Whole: true, "The fewest training rows in a leaf.");

    private static readonly ParameterDefinition FeatureFraction =
        new("featureFraction", 1, 0.01, 1, Whole: false, "The share of the features that a tree may use.");

    private static readonly ParameterDefinition SplitFraction =
        new("splitFraction", 0.3, 0.01, 1, Whole: false, "The share of the tree's features that a split may use.");

    private static readonly ParameterDefinition SampleFraction =
        new("sampleFraction", 0.7, 0.01, 1, Whole: false, "The share of the rows that a tree is grown on.");

    /// <inheritdoc/>
    public string Name => AlgorithmName;

    /// <inheritdoc/>
    public FeatureStyle FeatureStyle => FeatureStyle.Indicators;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterDefinition> Parameters { get; } =
        [Trees, LeafCount, MinLeaf, FeatureFraction, SplitFraction, SampleFraction, ParameterDefinition.Seed];

    /// <inheritdoc/>
    public int MostRows => CandidateCatalog.SampleRows;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> SearchValues(int features, bool number) => new Dictionary<string, double[]>
    {
        [LeafCount.Name] = [32, 128, 512],
        [MinLeaf.Name] = [1, 3, 10],
        [SplitFraction.Name] = [0.3, 0.6, 1],
        [SampleFraction.Name] = [0.7, 1],
    };

    /// <inheritdoc/>
    public IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(progress);
        if (rows.Numbers is { } numbers)
        {
            return FitNumber(rows.Features.ToMatrix(), numbers, parameters, progress, cancellationToken);
        }

        var present = rows.Labels.Distinct().Order().ToArray();
        var forests = new ClassForest[present.Length];
        var features = rows.Features.ToMatrix();
        for (var i = 0; i < present.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            forests[i] = FitClass(features, rows.Labels, present[i], parameters, cancellationToken);
            progress.Report((i + 1.0) / present.Length);
        }

        return new FittedForest(forests, rows.ClassCount);
    }

    private static ClassForest FitClass(
        FeatureMatrix features, int[] labels, int positive, ParameterValues parameters, CancellationToken cancellationToken)
    {
        var context = new MLContext(parameters.Whole(ParameterDefinition.Seed.Name));
        using var link = MlNetCancellation.Link(context, cancellationToken);
        var options = new FastForestBinaryTrainer.Options { LabelColumnName = MlNetRows.IsClass };
        Set(options, parameters);
        var trainer = context.BinaryClassification.Trainers.FastForest(options);
        try
        {
            var model = trainer.Fit(MlNetRows.View(context, features, labels, positive));
            return new ClassForest(positive, context, model, labels.Count(l => l == positive) / (double)labels.Length);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
        {
            throw new OperationCanceledException("Training was cancelled.", e, cancellationToken);
        }
    }

    private static IFittedCandidate FitNumber(
        FeatureMatrix features, float[] numbers, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var context = new MLContext(parameters.Whole(ParameterDefinition.Seed.Name));
        using var link = MlNetCancellation.Link(context, cancellationToken);
        try
        {
            var options = new FastForestRegressionTrainer.Options { LabelColumnName = MlNetRows.Number };
            Set(options, parameters);
            var model = context.Regression.Trainers.FastForest(options).Fit(MlNetRows.View(context, features, numbers));
            progress.Report(1);
            // ML.NET's score is the mean over the trees; without any tree it is no number.
            var trees = model.Model.TrainedTreeEnsemble.Trees;
            return trees.Count == 0
                ? BaselineTrainer.Constant(numbers)
                : new FittedNumberTrees(
                    context,
                    model,
                    new TreeEnsemble(1, [0], [.. trees.Select(t => MlNetTrees.Convert(t, 0, leaf => leaf / trees.Count))]),
                    "'trees' or 'leaves'");
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
        {
            throw new OperationCanceledException("Training was cancelled.", e, cancellationToken);
        }
    }

    private static void Set(FastForestOptionsBase options, ParameterValues parameters)
    {
        options.FeatureColumnName = MlNetRows.Features;
        options.NumberOfTrees = parameters.Whole(Trees.Name);
        options.NumberOfLeaves = parameters.Whole(LeafCount.Name);
        options.MinimumExampleCountPerLeaf = parameters.Whole(MinLeaf.Name);
        options.FeatureFraction = parameters.Number(FeatureFraction.Name);
        options.FeatureFractionPerSplit = parameters.Number(SplitFraction.Name);
        options.BaggingExampleFraction = parameters.Number(SampleFraction.Name);
        options.Seed = parameters.Whole(ParameterDefinition.Seed.Name);
        options.FeatureSelectionSeed = parameters.Whole(ParameterDefinition.Seed.Name);
        // The samples in the leaves serve quantiles, which nobody asks here, and cost memory.
        options.NumberOfQuantileSamples = 1;
        options.MemoryStatistics = false;
    }
}

/// <summary>A forest that tells one class from all others.</summary>
/// <param name="Class">The class.</param>
/// <param name="Context">ML.NET's context, to score with.</param>
/// <param name="Model">ML.NET's model; it has no tree at all when no feature can be split.</param>
/// <param name="Prior">The class's share of the training rows: the answer of a forest without trees.</param>
internal sealed record ClassForest(
    int Class, MLContext Context, BinaryPredictionTransformer<FastForestBinaryModelParameters> Model, double Prior);
