using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>One algorithm. Stateless; the same rows and parameters always give the same model, whatever the number of cores.</summary>
public interface ICandidateTrainer
{
    /// <summary>Its name in a run's <c>algorithm</c>.</summary>
    string Name { get; }

    /// <summary>Its parameters; one of them is <see cref="ParameterDefinition.Seed"/>.</summary>
    IReadOnlyList<ParameterDefinition> Parameters { get; }

    /// <summary>How it wants missing numbers and texts.</summary>
    FeatureStyle FeatureStyle { get; }

    /// <summary>The most training rows it is given; of more a seeded sample, which the version's warnings state.</summary>
    int MostRows => int.MaxValue;

    /// <summary>
    /// For each parameter that a search may set the values it may take, for so many features; the defaults are tried first.
    /// </summary>
    IReadOnlyDictionary<string, double[]> SearchValues(int features, bool number) => new Dictionary<string, double[]>();

    /// <summary>
    /// Fits the rows. <paramref name="progress"/> receives the share done, 0 to 1. Throws
    /// <see cref="OperationCanceledException"/> when cancelled.
    /// </summary>
    IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken);
}

/// <summary>The rows to fit.</summary>
/// <param name="Features">Their features.</param>
/// <param name="Labels">For each row its class, an index below <paramref name="ClassCount"/>; none for a number.</param>
/// <param name="ClassCount">The number of classes; some may have no row. 0 for a number.</param>
/// <param name="Numbers">For each row the number to predict; null for classes.</param>
public sealed record TrainingRows(FeatureColumns Features, int[] Labels, int ClassCount, float[]? Numbers = null)
{
    /// <summary>The given rows of a target.</summary>
    public static TrainingRows Of(FeatureColumns features, Target target, IReadOnlyList<int> rows) => target switch
    {
        ClassTarget classes => new TrainingRows(features, [.. rows.Select(r => classes.Indexes[r])], classes.Classes.Count),
        NumberTarget number => new TrainingRows(features, [], 0, [.. rows.Select(r => number.Values[r])]),
        _ => throw new NotSupportedException(target?.GetType().Name),
    };
}

/// <summary>A fitted model that can write its part of the graph.</summary>
public interface IFittedCandidate
{
    /// <summary>About how many bytes its part of the graph will have; known before it is written.</summary>
    long EstimatedBytes { get; }

    /// <summary>The parameters to lower when that is too much, as a sentence names them.</summary>
    string SizeParameters { get; }

    /// <summary>What the fit itself says of the model; null for a learner that says nothing.</summary>
    FitReport? Report => null;

    /// <summary>
    /// Adds its nodes after the features (float [N, features]) and returns the name of the probabilities (float [N, classes]) or
    /// of the number (float [N, 1]).
    /// </summary>
    string AddTo(OnnxGraph graph, string features);

    /// <summary>
    /// The library's own answer, independent of the graph: row by row a probability for each class, or the number. The graph is
    /// checked against it.
    /// </summary>
    float[] Predict(FeatureMatrix features);
}

/// <summary>What a fit says of its model, from the training rows alone.</summary>
/// <param name="OutOfBagAccuracy">Accuracy of the trees on the rows they were not grown on, 0 to 1; null when every row was drawn by every tree.</param>
/// <param name="ImpurityImportance">For each feature its share of the decrease of impurity; they sum to 1.</param>
/// <param name="PermutationImportance">
/// For each feature how much the trees' out-of-bag accuracy falls when its values are shuffled (Breiman, 2001, section 10); null
/// when it was not asked for.
/// </param>
/// <param name="OutOfBagRmse">The root of the mean squared error on those rows, for a number.</param>
public sealed record FitReport(
    double? OutOfBagAccuracy,
    IReadOnlyList<double> ImpurityImportance,
    IReadOnlyList<double>? PermutationImportance,
    double? OutOfBagRmse = null);
