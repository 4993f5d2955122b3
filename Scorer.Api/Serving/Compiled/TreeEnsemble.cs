namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// A tree ensemble as read from a graph, every test brought to the form "x &lt;= threshold goes to <see cref="Left"/>". Nodes of
/// all trees share the arrays, which live as long as the load does; children are indexes into them.
/// </summary>
internal sealed record TreeEnsemble
{
    /// <summary>The root of each tree.</summary>
    public int[] Roots { get; init; } = [];

    /// <summary>The feature that a node tests, or -1 for a leaf.</summary>
    public required LoadArray<int> Feature { get; init; }

    public required LoadArray<float> Threshold { get; init; }

    public required LoadArray<int> Left { get; init; }

    public required LoadArray<int> Right { get; init; }

    /// <summary>Whether NaN goes left.</summary>
    public required LoadArray<bool> MissingLeft { get; init; }

    /// <summary>To which output a vote adds, leaf by leaf.</summary>
    public LoadArray<int> VoteOutput { get; init; }

    /// <summary>What a vote adds.</summary>
    public LoadArray<float> VoteWeight { get; init; }

    /// <summary>Where a node's votes start; they end where the next node's start.</summary>
    public LoadArray<int> VoteStart { get; init; }

    /// <summary>The number of sums: classes, or 1 for a number or for two classes that share one sum.</summary>
    public int Outputs { get; init; }

    /// <summary>Added to each sum; empty for zeros.</summary>
    public float[] BaseValues { get; init; } = [];

    /// <summary>How the sums become the answer.</summary>
    public ForestTransform Transform { get; init; }

    /// <summary>What the transformed sums are divided by.</summary>
    public float Divisor { get; init; } = 1;

    /// <summary>The largest feature that a node tests; -1 without tests.</summary>
    public int MaxFeature { get; init; } = -1;
}

/// <summary>How sums become the answer.</summary>
internal enum ForestTransform
{
    /// <summary>They are it.</summary>
    None,

    /// <summary>The logistic function of each.</summary>
    Logistic,

    /// <summary>Softmax over all.</summary>
    Softmax,

    /// <summary>One sum s for two classes: 1 - s and s.</summary>
    Complement,

    /// <summary>One sum s for two classes: the logistic function of -s and of s.</summary>
    LogisticPair,
}
