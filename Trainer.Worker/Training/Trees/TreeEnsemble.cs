namespace Analytics.Trainer.Worker.Training.Trees;

/// <summary>
/// A binary tree in arrays. Node 0 is the root; a child <c>c ≥ 0</c> is a node, a child <c>c &lt; 0</c> is the leaf <c>~c</c>. A row
/// goes left when its feature is less than or equal to the threshold. A tree without nodes is its only leaf.
/// </summary>
/// <param name="Target">The output that the leaves add to.</param>
/// <param name="Feature">For each node the feature compared.</param>
/// <param name="Threshold">For each node the threshold.</param>
/// <param name="Left">For each node the child for less or equal.</param>
/// <param name="Right">For each node the child for greater.</param>
/// <param name="Leaves">For each leaf the value.</param>
public sealed record DecisionTree(int Target, int[] Feature, float[] Threshold, int[] Left, int[] Right, float[] Leaves)
{
    /// <summary>Nodes and leaves.</summary>
    public int Size => Feature.Length + Leaves.Length;
}

/// <summary>Trees whose leaves are summed by target.</summary>
/// <param name="TargetCount">The number of outputs.</param>
/// <param name="BaseValues">For each output what the sum starts with.</param>
/// <param name="Trees">The trees.</param>
public sealed record TreeEnsemble(int TargetCount, float[] BaseValues, IReadOnlyList<DecisionTree> Trees)
{
    // Measured: a node takes 26 bytes in the packed attributes and a leaf 29, a little more with many trees.
    private const int BytesPerNode = 36;

    /// <summary>About the size in a graph, in bytes; never less than the true one.</summary>
    public long EstimatedBytes => Trees.Sum(t => (long)t.Size) * BytesPerNode;
}
