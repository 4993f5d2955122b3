namespace Analytics.Benchmarks;

/// <summary>The few statistics that the tables need.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The mean of paired differences with its 95 % t-interval.</summary>
    public static (double Mean, double Low, double High) MeanWithInterval(IReadOnlyList<double> differences)
    {
        var mean = differences.Average();
        var variance = differences.Sum(d => (d - mean) * (d - mean)) / (differences.Count - 1);
        var half = StudentQuantile(differences.Count - 1) * Math.Sqrt(variance / differences.Count);
        return (mean, mean - half, mean + half);
    }

    // The 97.5 % quantile by its expansion in 1/n (Abramowitz and Stegun, 26.7.5): right to 0.001 from 4 degrees of freedom on.
    private static double StudentQuantile(int degrees)
    {
        const double z = 1.959964;
        double n = degrees, z3 = Math.Pow(z, 3), z5 = Math.Pow(z, 5), z7 = Math.Pow(z, 7), z9 = Math.Pow(z, 9);
        return z
            + ((z3 + z) / (4 * n))
            + (((5 * z5) + (16 * z3) + (3 * z)) / (96 * n * n))
            + (((3 * z7) + (19 * z5) + (17 * z3) - (15 * z)) / (384 * n * n * n))
            + (((79 * z9) + (776 * z7) + (1482 * z5) - (1920 * z3) - (945 * z)) / (92160 * n * n * n * n));
    }
}
