namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>Permutation importance on the rows a tree was grown without (Breiman, "Random Forests", 2001, section 10).</summary>
internal static class PermutationImportance
{
    /// <summary>
    /// For each column the fall of the tree's accuracy on <paramref name="outside"/> when the column's values are shuffled among
    /// those rows; 0 for a column that the tree does not use.
    /// </summary>
    public static double[] Of(Tree tree, BinnedData data, ushort[] labels, ReadOnlyMemory<int> outside, ForestRandom random)
    {
        var falls = new double[data.Columns];
        var rows = outside.Span;
        if (rows.Length == 0)
        {
            return falls;
        }

        var before = 0;
        foreach (var row in rows)
        {
            before += LabelOf(tree, tree.FindBinned(data.Bins, row)) == labels[row] ? 1 : 0;
        }

        var shuffled = rows.ToArray();
        foreach (var column in tree.Feature.Where(f => f >= 0).Distinct().Order())
        {
            for (var i = shuffled.Length - 1; i > 0; i--)
            {
                var other = random.Next(i + 1);
                (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
            }

            var after = 0;
            for (var i = 0; i < rows.Length; i++)
            {
                after += LabelOf(tree, tree.FindBinned(data.Bins, rows[i], column, shuffled[i])) == labels[rows[i]] ? 1 : 0;
            }

            falls[column] = (before - after) / (double)rows.Length;
        }

        return falls;
    }

    private static ushort LabelOf(Tree tree, int leaf)
    {
        var best = tree.Left[leaf];
        for (var e = best + 1; e < tree.Left[leaf] + tree.LeafCount[leaf]; e++)
        {
            best = tree.LeafValue[e] > tree.LeafValue[best] ? e : best;
        }

        return tree.LeafClass[best];
    }
}
