using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// The random forest, the default candidate. Missing values take a direction that the tree learns; see
/// <see cref="CategoryOrder"/> for texts.
/// </summary>
public sealed class RandomForestTrainer : ICandidateTrainer
{
    /// <summary>The algorithm's name.</summary>
    public const string AlgorithmName = "random-forest";

    private static readonly ParameterDefinition Trees = new("trees", 100, 1, 10_000, Whole: true, "Trees.");

    private static readonly ParameterDefinition FeaturesPerSplit = new(
        "featuresPerSplit", 0, 0, 100_000, Whole: true, "Features looked at for a split; 0: the square root of their number (classes), a third (a number).");

    private static readonly ParameterDefinition MinLeaf = new(
        "minLeaf", 0, 0, 1_000_000, Whole: true, "The fewest drawn rows in a leaf; 0: 1 for classes, 5 for a number.");

    private static readonly ParameterDefinition MaxDepth = new("maxDepth", 0, 0, 64, Whole: true, "The most levels of splits; 0: no bound.");

    private static readonly ParameterDefinition SampleFraction = new(
        "sampleFraction", 1, 0.001, 1, Whole: false, "Rows drawn for a tree, as a share of all.");

    private static readonly ParameterDefinition Replace = new(
        "replace", 1, 0, 1, Whole: true, "1: rows are drawn with replacement (the bootstrap); 0: without.");

    private static readonly ParameterDefinition Balanced = new(
        "balanced", 0, 0, 1, Whole: true, "1: classes weigh the inverse of their frequency, so that a rare class is not overlooked; 0: rows weigh 1.");

    private static readonly ParameterDefinition Permutation = new(
        "permutationImportance", 0, 0, 1, Whole: true, "1: the report holds the permutation importance too, which takes longer; 0: not.");

    /// <inheritdoc/>
    public string Name => AlgorithmName;

    /// <inheritdoc/>
    public FeatureStyle FeatureStyle => FeatureStyle.Ordered;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterDefinition> Parameters { get; } =
        [Trees, FeaturesPerSplit, MinLeaf, MaxDepth, SampleFraction, Replace, Balanced, Permutation, ParameterDefinition.Seed];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> SearchValues(int features, bool number) => new Dictionary<string, double[]>
    {
        [FeaturesPerSplit.Name] = [.. new[] { 0.0, Math.Ceiling(features / 3.0), Math.Ceiling(features / 2.0), features }.Distinct()],
        [MinLeaf.Name] = number ? [2, 5, 10, 20] : [1, 2, 3, 5, 8],
        [Trees.Name] = [100, 200],
        [SampleFraction.Name] = [0.7, 1],
    };

    /// <inheritdoc/>
    public IFittedCandidate Fit(
        TrainingRows rows, ParameterValues parameters, IProgress<double> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(parameters);
        var forestParameters = new ForestParameters
        {
            Trees = parameters.Whole(Trees.Name),
            FeaturesPerSplit = parameters.Whole(FeaturesPerSplit.Name),
            MinLeaf = parameters.Whole(MinLeaf.Name) is var least and > 0 ? least : rows.Numbers is null ? 1 : 5,
            MaxDepth = parameters.Whole(MaxDepth.Name),
            SampleFraction = parameters.Number(SampleFraction.Name),
            Replace = parameters.Whole(Replace.Name) == 1,
            ClassWeights = parameters.Whole(Balanced.Name) == 1 && rows.Numbers is null ? InverseFrequencies(rows) : null,
            PermutationImportance = parameters.Whole(Permutation.Name) == 1,
            Seed = parameters.Whole(ParameterDefinition.Seed.Name),
        };
        var memory = new ForestMemory(rows.Features.RowCount, rows.Features.Count, rows.ClassCount, forestParameters);
        try
        {
            memory.RequireFixed();
            var forest = rows.Numbers is { } numbers
                ? ForestTrainer.Regress(rows.Features, numbers, forestParameters, progress, cancellationToken, memory.RequireTrees)
                : ForestTrainer.Classify(
                    rows.Features,
                    [.. rows.Labels.Select(l => (ushort)l)],
                    rows.ClassCount,
                    forestParameters,
                    progress,
                    cancellationToken,
                    memory.RequireTrees);
            return new FittedRandomForest(forest, rows);
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<InvalidInputException>().FirstOrDefault() is { } refused)
        {
            throw refused;
        }
    }

    // scikit-learn's class_weight="balanced": rows / (classes * rows of the class).
    private static float[] InverseFrequencies(TrainingRows rows)
    {
        var counts = new int[rows.ClassCount];
        foreach (var label in rows.Labels)
        {
            counts[label]++;
        }

        var present = counts.Count(c => c > 0);
        return [.. counts.Select(c => c > 0 ? (float)(rows.Labels.Length / ((double)present * c)) : 1)];
    }
}
