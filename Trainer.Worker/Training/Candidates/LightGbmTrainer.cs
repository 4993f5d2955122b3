using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Trees;
using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>LightGBM's boosted trees with the multi-class softmax loss, or squared error for a number, through ML.NET.</summary>
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
    public int MostRows => CandidateCatalog.SampleRows;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> SearchValues(int features, bool number) => new Dictionary<string, double[]>
    {
        [Iterations.Name] = [50, 100, 200, 400],
        [LeafCount.Name] = [7, 15, 31, 63],
        [MinLeaf.Name] = [3, 10, 20],
        [LearningRate.Name] = [0.03, 0.05, 0.1],
        [FeatureFraction.Name] = [0.5, 0.8, 1],
        [L2.Name] = [0.01, 1, 10],
    };

    /// <inheritdoc/>
    public IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(progress);
        cancellationToken.ThrowIfCancellationRequested();

        if (rows.Numbers is { } numbers)
        {
            return FitNumber(rows.Features.ToMatrix(), numbers, parameters, progress, cancellationToken);
        }

        // LightGBM is shown only the classes that have rows: it has no use for a class it never sees.
        var present = rows.Labels.Distinct().Order().ToArray();
        if (present.Length == 1)
        {
            return BaselineTrainer.Constant(rows);
        }

        var labels = Array.ConvertAll(rows.Labels, label => Array.BinarySearch(present, label));
        var context = new MLContext(parameters.Whole(ParameterDefinition.Seed.Name));
        using var link = MlNetCancellation.Link(context, cancellationToken);
        try
        {
            var options = new LightGbmMulticlassTrainer.Options
            {
                LabelColumnName = MlNetRows.Class,
                UseSoftmax = true,
                EvaluationMetric = LightGbmMulticlassTrainer.Options.EvaluateMetricType.None,
            };
            Set(options, parameters);
            var model = context.MulticlassClassification.Trainers.LightGbm(options)
                .Fit(MlNetRows.View(context, rows.Features.ToMatrix(), labels, classCount: present.Length));
            progress.Report(1);
            return new FittedBoosting(context, model, present, rows.ClassCount);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
        {
            throw new OperationCanceledException("Training was cancelled.", e, cancellationToken);
        }
    }

    private static FittedNumberTrees FitNumber(
        FeatureMatrix features, float[] numbers, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var context = new MLContext(parameters.Whole(ParameterDefinition.Seed.Name));
        using var link = MlNetCancellation.Link(context, cancellationToken);
        try
        {
            var options = new LightGbmRegressionTrainer.Options
            {
                LabelColumnName = MlNetRows.Number,
                EvaluationMetric = LightGbmRegressionTrainer.Options.EvaluateMetricType.None,
            };
            Set(options, parameters);
            var model = context.Regression.Trainers.LightGbm(options).Fit(MlNetRows.View(context, features, numbers));
            progress.Report(1);
            var ensemble = model.Model.TrainedTreeEnsemble;
            var trees = ensemble.Trees.Select((t, i) => MlNetTrees.Convert(t, 0, leaf => leaf * ensemble.TreeWeights[i]));
            return new FittedNumberTrees(
                context, model, new TreeEnsemble(1, [(float)ensemble.Bias], [.. trees]), "'iterations' or 'leaves'");
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
        {
            throw new OperationCanceledException("Training was cancelled.", e, cancellationToken);
        }
    }

    private static void Set<TOptions, TOutput, TTransformer, TModel>(
        LightGbmTrainerBase<TOptions, TOutput, TTransformer, TModel>.OptionsBase options, ParameterValues parameters)
        where TOptions : LightGbmTrainerBase<TOptions, TOutput, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.FeatureColumnName = MlNetRows.Features;
        options.NumberOfIterations = parameters.Whole(Iterations.Name);
        options.NumberOfLeaves = parameters.Whole(LeafCount.Name);
        options.MinimumExampleCountPerLeaf = parameters.Whole(MinLeaf.Name);
        options.LearningRate = parameters.Number(LearningRate.Name);
        options.Booster = new GradientBooster.Options
        {
            FeatureFraction = parameters.Number(FeatureFraction.Name),
            L2Regularization = parameters.Number(L2.Name),
        };
        options.Seed = parameters.Whole(ParameterDefinition.Seed.Name);
        // Sums of histograms in a fixed order: the model does not depend on the number of threads.
        options.Deterministic = true;
        options.ForceColumnWise = true;
        // OpenMP's threads wait by spinning: on cores shared with other work, one more thread made it ten times slower.
        options.NumberOfThreads = Math.Max(1, Environment.ProcessorCount - 1);
        options.UseCategoricalSplit = false;
        // Missing values are replaced before they come here.
        options.HandleMissingValue = false;
    }
}
