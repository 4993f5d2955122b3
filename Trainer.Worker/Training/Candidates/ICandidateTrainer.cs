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

    /// <summary>
    /// Fits the rows. <paramref name="progress"/> receives the share done, 0 to 1. Throws
    /// <see cref="OperationCanceledException"/> when cancelled.
    /// </summary>
    IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken);
}

/// <summary>The rows to fit.</summary>
/// <param name="Features">Their features.</param>
/// <param name="Labels">For each row its class, an index below <paramref name="ClassCount"/>.</param>
/// <param name="ClassCount">The number of classes; some may have no row.</param>
public sealed record TrainingRows(FeatureColumns Features, int[] Labels, int ClassCount);

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
    /// Adds its nodes after the features (float [N, features]) and returns the name of the probabilities (float [N, classes]).
    /// </summary>
    string AddTo(OnnxGraph graph, string features);

    /// <summary>
    /// The library's own answer, independent of the graph: row by row a probability for each class. The graph is checked
    /// against it.
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
public sealed record FitReport(
    double? OutOfBagAccuracy, IReadOnlyList<double> ImpurityImportance, IReadOnlyList<double>? PermutationImportance);
