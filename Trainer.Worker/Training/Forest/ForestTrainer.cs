using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Grows random forests (Breiman, "Random Forests", 2001) on binned columns, trees in parallel. The forest is a function of the
/// data, the parameters and the seed; the number of threads changes nothing but the time.
/// </summary>
internal static class ForestTrainer
{
    /// <summary>Grows a forest for <paramref name="classes"/> classes; labels are 0 to classes - 1.</summary>
    /// <remarks><paramref name="onFirstTree"/> may throw when all trees of that size would be too much.</remarks>
    public static RandomForest Classify(
        FeatureColumns features,
        ushort[] labels,
        int classes,
        ForestParameters parameters,
        IProgress<double>? progress,
        CancellationToken cancellationToken,
        Action<Tree>? onFirstTree = null)
    {
        var data = BinnedData.From(features, Threads(parameters), cancellationToken);
        var featuresPerSplit = parameters.FeaturesPerSplit > 0
            ? Math.Min(parameters.FeaturesPerSplit, features.Count)
            : Math.Max(1, (int)Math.Sqrt(features.Count));
        return Grow(
            data,
            parameters,
            featuresPerSplit,
            classes,
            () => new GiniSplitSearch(labels, classes, parameters.ClassWeights, parameters.MinLeaf, TreeGrower.StackSize),
            () => new OutOfBag(data.Rows, classes, OutOfBag.ShareScale),
            progress,
            onFirstTree,
            parameters.PermutationImportance ? (tree, outside, random) => PermutationImportance.Of(tree, data, labels, outside, random) : null,
            cancellationToken);
    }

    /// <summary>Grows a forest for a number.</summary>
    public static RandomForest Regress(
        FeatureColumns features,
        float[] targets,
        ForestParameters parameters,
        IProgress<double>? progress,
        CancellationToken cancellationToken,
        Action<Tree>? onFirstTree = null)
    {
        var data = BinnedData.From(features, Threads(parameters), cancellationToken);
        var featuresPerSplit = parameters.FeaturesPerSplit > 0
            ? Math.Min(parameters.FeaturesPerSplit, features.Count)
            : Math.Max(1, features.Count / 3);
        var centre = targets.Length == 0 ? 0 : targets.Average(t => (double)t);
        var largest = targets.Length == 0 ? 1 : targets.Max(t => Math.Abs((double)t));
        // A power of two that leaves a long room for the sum of 10,000 trees.
        var scale = Math.ScaleB(1, 48 - (largest > 0 ? Math.ILogB(largest) + 1 : 0));
        return Grow(
            data,
            parameters,
            featuresPerSplit,
            0,
            () => new VarianceSplitSearch(targets, centre, parameters.MinLeaf, TreeGrower.StackSize),
            () => new OutOfBag(data.Rows, 0, scale),
            progress,
            onFirstTree,
            null,
            cancellationToken);
    }

    private static RandomForest Grow(
        BinnedData data,
        ForestParameters parameters,
        int featuresPerSplit,
        int classes,
        Func<SplitSearch> newSearch,
        Func<OutOfBag> newOutOfBag,
        IProgress<double>? progress,
        Action<Tree>? onFirstTree,
        Func<Tree, ReadOnlyMemory<int>, ForestRandom, double[]>? permute,
        CancellationToken cancellationToken)
    {
        var trees = new Tree[parameters.Trees];
        var importance = new double[parameters.Trees][];
        var permuted = permute is null ? null : new double[parameters.Trees][];
        var threads = Math.Min(Threads(parameters), parameters.Trees);
        // The first thread's sums become the total.
        var outOfBag = Enumerable.Range(0, threads).Select(_ => new Lazy<OutOfBag>(newOutOfBag)).ToArray();
        var done = 0;
        WorkSharing.Run(
            threads,
            parameters.Trees,
            worker => (Grower: new TreeGrower(data, parameters, featuresPerSplit, newSearch()), OutOfBag: outOfBag[worker].Value),
            (worker, t) =>
            {
                importance[t] = new double[data.Columns];
                trees[t] = worker.Grower.Grow(
                    new ForestRandom((ulong)parameters.Seed, (ulong)t), importance[t], worker.OutOfBag);
                if (permuted is not null)
                {
                    // A stream that no tree has.
                    permuted[t] = permute!(trees[t], worker.Grower.Outside, new ForestRandom((ulong)parameters.Seed, ~(ulong)t));
                }

                if (t == 0)
                {
                    onFirstTree?.Invoke(trees[t]);
                }

                progress?.Report(Interlocked.Increment(ref done) / (double)parameters.Trees);
            },
            cancellationToken);
        var total = outOfBag[0].Value;
        foreach (var other in outOfBag.Skip(1).Where(o => o.IsValueCreated))
        {
            total.Merge(other.Value);
        }

        return new RandomForest
        {
            Trees = trees,
            Classes = classes,
            Columns = data.Columns,
            Importance = MeanImportance(importance, data.Columns),
            PermutationImportance = permuted is null
                ? null
                : [.. Enumerable.Range(0, data.Columns).Select(c => permuted.Average(tree => tree[c]))],
            OutOfBag = total,
        };
    }

    // Each tree's decreases sum to 1 first, so that no tree counts more than another; added in the trees' order.
    private static double[] MeanImportance(double[][] trees, int columns)
    {
        var mean = new double[columns];
        foreach (var tree in trees)
        {
            var sum = tree.Sum();
            for (var c = 0; sum > 0 && c < columns; c++)
            {
                mean[c] += tree[c] / sum / trees.Length;
            }
        }

        return mean;
    }

    private static int Threads(ForestParameters parameters) =>
        parameters.Threads > 0 ? parameters.Threads : Environment.ProcessorCount;
}
