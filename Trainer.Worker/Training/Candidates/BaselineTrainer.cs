using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>
/// The baseline: whatever the features, the classes' shares of the training rows (so the prediction is the majority class), or
/// their mean. A model must beat it to become champion.
/// </summary>
public sealed class BaselineTrainer : ICandidateTrainer
{
    /// <summary>The algorithm's name.</summary>
    public const string AlgorithmName = "baseline";

    /// <inheritdoc/>
    public string Name => AlgorithmName;

    /// <inheritdoc/>
    public FeatureStyle FeatureStyle => FeatureStyle.Indicators;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterDefinition> Parameters { get; } = [ParameterDefinition.Seed];

    /// <inheritdoc/>
    public IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(progress);
        progress.Report(1);
        return Constant(rows);
    }

    /// <summary>The answer to every row: a share for each class, or the mean.</summary>
    public static float[] AnswerOf(TrainingRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Numbers is { } numbers)
        {
            return [(float)numbers.Average(n => (double)n)];
        }

        var counts = new int[rows.ClassCount];
        foreach (var label in rows.Labels)
        {
            counts[label]++;
        }

        return Array.ConvertAll(counts, c => (float)(c / (double)rows.Labels.Length));
    }

    /// <summary>A model that gives that answer.</summary>
    internal static IFittedCandidate Constant(TrainingRows rows) => new FittedConstant(AnswerOf(rows));

    /// <summary>A model that gives the numbers' mean.</summary>
    internal static IFittedCandidate Constant(float[] numbers) => new FittedConstant([(float)numbers.Average(n => (double)n)]);

    private sealed class FittedConstant(float[] answer) : IFittedCandidate
    {
        public long EstimatedBytes => 1024;

        public string SizeParameters => "nothing";

        // The features times zero: a graph's output must depend on its inputs to have as many rows.
        public string AddTo(OnnxGraph graph, string features)
        {
            var first = graph.AddNode("Gather", [features, graph.AddConstant("first", [0L])], OnnxAttribute.Of("axis", 1));
            var nothing = graph.AddNode("MatMul", [first, graph.AddConstant("zeros", new float[answer.Length], 1, answer.Length)]);
            return graph.AddNode("Add", [nothing, graph.AddConstant("answer", answer, answer.Length)]);
        }

        public float[] Predict(FeatureMatrix features) =>
            [.. Enumerable.Range(0, features.RowCount).SelectMany(_ => answer)];
    }
}
