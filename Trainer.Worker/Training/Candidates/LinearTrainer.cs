using Analytics.Trainer.Worker.Training.Features;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>
/// A linear model on standardised features: multinomial logistic regression by ML.NET's L-BFGS for classes, ridge regression for a
/// number.
/// </summary>
public sealed class LinearTrainer : ICandidateTrainer
{
    private static readonly ParameterDefinition L2 =
        new("l2", 1, 1e-6, 1e6, Whole: false, "L2 regularisation of the weights, added to the sum of the rows' losses.");
    private static readonly ParameterDefinition Iterations =
        new("iterations", 200, 1, 10_000, Whole: true, "The most steps of the solver.");

    /// <inheritdoc/>
    public string Name => "linear";

    /// <inheritdoc/>
    public FeatureStyle FeatureStyle => FeatureStyle.Indicators;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterDefinition> Parameters { get; } = [L2, Iterations, ParameterDefinition.Seed];

    /// <inheritdoc/>
    public int MostRows => CandidateCatalog.SampleRows;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> SearchValues(int features, bool number) =>
        new Dictionary<string, double[]> { [L2.Name] = [0.01, 0.1, 1, 10, 100] };

    /// <inheritdoc/>
    public IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(progress);
        var raw = rows.Features.ToMatrix();
        var scale = FeatureScale.Of(raw);
        var context = new MLContext(parameters.Whole(ParameterDefinition.Seed.Name));
        using var link = MlNetCancellation.Link(context, cancellationToken);
        try
        {
            var fitted = rows.Numbers is { } numbers
                ? FitNumber(scale, raw, numbers, parameters, cancellationToken)
                : FitClasses(context, scale, raw, rows, parameters);
            progress.Report(1);
            return fitted;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
        {
            throw new OperationCanceledException("Training was cancelled.", e, cancellationToken);
        }
    }

    private static IFittedCandidate FitClasses(
        MLContext context, FeatureScale scale, FeatureMatrix raw, TrainingRows rows, ParameterValues parameters)
    {
        var present = rows.Labels.Distinct().Order().ToArray();
        if (present.Length == 1)
        {
            return BaselineTrainer.Constant(rows);
        }

        var labels = Array.ConvertAll(rows.Labels, label => Array.BinarySearch(present, label));
        var model = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            FeatureColumnName = MlNetRows.Features,
            LabelColumnName = MlNetRows.Class,
            L1Regularization = 0,
            L2Regularization = (float)parameters.Number(L2.Name),
            MaximumNumberOfIterations = parameters.Whole(Iterations.Name),
            OptimizationTolerance = 1e-6f,
            // Several threads add the gradient in the order in which they come.
            NumberOfThreads = 1,
            Quiet = true,
        }).Fit(MlNetRows.View(context, scale.Apply(raw), labels, classCount: present.Length));
        VBuffer<float>[] weights = [];
        model.Model.GetWeights(ref weights, out _);
        return new FittedLinearClasses(
            context, model, scale, [.. weights.Select(w => w.DenseValues().ToArray())], [.. model.Model.GetBiases()], present, rows.ClassCount);
    }

    private static FittedLinearNumber FitNumber(
        FeatureScale scale, FeatureMatrix raw, float[] numbers, ParameterValues parameters, CancellationToken cancellationToken)
    {
        // The target standardised too: l2 then means the same whatever its unit.
        var target = FeatureScale.Of(new FeatureMatrix(["y"], [numbers], numbers.Length));
        var weights = RidgeRegression.Fit(
            scale.Apply(raw), target.Apply(numbers), parameters.Number(L2.Name), parameters.Whole(Iterations.Name), cancellationToken);
        var unit = target.Scale[0] == 0 ? 0 : 1 / (double)target.Scale[0];
        return new FittedLinearNumber(scale, Array.ConvertAll(weights, w => (float)(w * unit)), target.Offset[0]);
    }
}
