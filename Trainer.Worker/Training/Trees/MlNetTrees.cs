using Microsoft.ML.Trainers.FastTree;

namespace Analytics.Trainer.Worker.Training.Trees;

/// <summary>Takes trees out of ML.NET's model parameters.</summary>
internal static class MlNetTrees
{
    /// <summary>The tree with its leaves' values passed through <paramref name="leaf"/>.</summary>
    public static DecisionTree Convert(RegressionTreeBase tree, int target, Func<double, double> leaf)
    {
        // A forest whose first split is impossible gives a tree without nodes, some without a leaf: that one adds nothing.
        if (tree.NumberOfNodes == 0)
        {
            var only = tree.LeafValues.Count > 0 ? tree.LeafValues[0] : 0;
            return new DecisionTree(target, [], [], [], [], [(float)leaf(only)]);
        }

        return new DecisionTree(
            target,
            [.. tree.NumericalSplitFeatureIndexes],
            [.. tree.NumericalSplitThresholds],
            [.. tree.LeftChild],
            [.. tree.RightChild],
            [.. tree.LeafValues.Select(v => (float)leaf(v))]);
    }
}
