namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>
/// Puts categories in an order: given a category's index and a row for each training row that has one, and the number of
/// categories, the code of each and that of an unseen one.
/// </summary>
internal delegate (float[] Codes, float Unseen) CategoryRanking(IEnumerable<(int Category, int Row)> rows, int categories);

/// <summary>
/// Orders categories so that a tree can split them by one threshold: by the first principal component of their class shares,
/// weighted by their rows (Coppersmith, Hong and Hosking, "Partitioning Nominal Attributes in Decision Trees", 1999). For two
/// classes that is the order by the share of one class, in which the best of all splits into two groups is found (Breiman
/// et al., 1984, theorem 4.5).
/// </summary>
internal static class CategoryOrder
{
    // Far more than it takes; a fixed number, so that the same counts give the same order.
    private const int Iterations = 200;

    /// <summary>The order for classes; labels are those of the table's rows.</summary>
    public static CategoryRanking Of(IReadOnlyList<int> labels, int classes) => (rows, categories) =>
    {
        var counts = Enumerable.Range(0, categories).Select(_ => new double[classes]).ToArray();
        foreach (var (category, row) in rows)
        {
            counts[category][labels[row]]++;
        }

        return Of(counts, classes);
    };

    /// <summary>
    /// The order for a number: by each category's mean, which finds the best of all binary partitions by variance (Fisher,
    /// 1958). Values are those of the table's rows.
    /// </summary>
    public static CategoryRanking Of(float[] values) => (rows, categories) =>
    {
        var (sums, counts) = (new double[categories], new int[categories]);
        foreach (var (category, row) in rows)
        {
            sums[category] += values[row];
            counts[category]++;
        }

        var mean = counts.Sum() == 0 ? 0 : sums.Sum() / counts.Sum();
        var means = sums.Select((s, c) => counts[c] == 0 ? mean : s / counts[c]).ToArray();
        var codes = new float[categories];
        foreach (var (category, place) in Enumerable.Range(0, categories).OrderBy(c => means[c]).Select((c, place) => (c, place)))
        {
            codes[category] = place;
        }

        return (codes, means.Count(m => m < mean) - 0.5f);
    };

    /// <summary>
    /// The place of each category and of an unseen one. <paramref name="counts"/> holds for each category the training rows of
    /// each class; categories with equal scores keep their order.
    /// </summary>
    public static (float[] Codes, float Unseen) Of(IReadOnlyList<double[]> counts, int classes)
    {
        var total = counts.Sum(c => c.Sum());
        if (counts.Count == 0 || total == 0)
        {
            return ([.. Enumerable.Range(0, counts.Count).Select(i => (float)i)], -0.5f);
        }

        var mean = new double[classes];
        foreach (var row in counts)
        {
            for (var k = 0; k < classes; k++)
            {
                mean[k] += row[k] / total;
            }
        }

        var centred = counts.Select(c => Shares(c, mean)).ToArray();
        var axis = PrincipalAxis(centred, [.. counts.Select(c => c.Sum())], classes);
        var scores = centred.Select(c => Dot(c, axis)).ToArray();
        var order = Enumerable.Range(0, counts.Count).OrderBy(i => scores[i]).ToArray();
        var codes = new float[counts.Count];
        for (var place = 0; place < order.Length; place++)
        {
            codes[order[place]] = place;
        }

        // The centre of all rows has the score 0: the place between the categories below and above it.
        return (codes, scores.Count(s => s < 0) - 0.5f);
    }

    private static double[] Shares(double[] counts, double[] mean)
    {
        var sum = counts.Sum();
        return [.. counts.Select((c, k) => sum > 0 ? (c / sum) - mean[k] : 0)];
    }

    // Power iteration on the weighted covariance, without forming it.
    private static double[] PrincipalAxis(double[][] centred, double[] weights, int classes)
    {
        // Any start that is not orthogonal to the axis will do; uneven, so that it is not orthogonal by symmetry.
        var axis = Enumerable.Range(0, classes).Select(k => 1.0 / (k + 1)).ToArray();
        for (var i = 0; i < Iterations; i++)
        {
            var next = new double[classes];
            for (var c = 0; c < centred.Length; c++)
            {
                var weight = weights[c] * Dot(centred[c], axis);
                for (var k = 0; k < classes; k++)
                {
                    next[k] += weight * centred[c][k];
                }
            }

            var length = Math.Sqrt(Dot(next, next));
            if (length == 0)
            {
                break;
            }

            axis = [.. next.Select(v => v / length)];
        }

        return axis;
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
