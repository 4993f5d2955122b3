namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>How a forest is grown. The defaults are those of Breiman's forest as scikit-learn and ranger have them.</summary>
internal sealed record ForestParameters
{
    /// <summary>Trees, 1 to 10,000.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>Columns looked at for a split, 1 to all of them; 0: the square root of their number (classes), a third (numbers).</summary>
    public int FeaturesPerSplit { get; init; }

    /// <summary>The least weight of a leaf, in drawn rows (class weights count), at least 1. Default 1; 5 is customary for numbers.</summary>
    public int MinLeaf { get; init; } = 1;

    /// <summary>The most levels of splits, 1 to 64; 0: no bound.</summary>
    public int MaxDepth { get; init; }

    /// <summary>Rows drawn for a tree as a share of all, over 0 to 1.</summary>
    public double SampleFraction { get; init; } = 1;

    /// <summary>Draw with replacement (the bootstrap).</summary>
    public bool Replace { get; init; } = true;

    /// <summary>A weight for each class, over 0; null: 1 each. Ignored for numbers.</summary>
    public IReadOnlyList<float>? ClassWeights { get; init; }

    /// <summary>Measure the permutation importance too: about as much work as growing for every column that a tree uses.</summary>
    public bool PermutationImportance { get; init; }

    /// <summary>The same seed gives the same forest, whatever the number of threads.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads; 0: all cores.</summary>
    public int Threads { get; init; }
}
