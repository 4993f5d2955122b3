using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>
/// Ridge regression of a centred target on centred features: minimises Σ(y − Xw)² + l2·|w|² by conjugate gradients on the normal
/// equations (Hestenes and Stiefel, 1952), never forming XᵀX. ML.NET's SDCA was tried: after 200 passes over correlated columns (bench's
/// diamonds) it still explained 0.75 of the variance where the minimum explains 0.92, in ten times the time.
/// </summary>
internal static class RidgeRegression
{
    private const double Converged = 1e-9;

    /// <summary>The weights of the features' columns.</summary>
    public static double[] Fit(FeatureMatrix features, float[] target, double l2, int iterations, CancellationToken cancellationToken)
    {
        var weights = new double[features.Columns.Count];
        var residual = Transposed(features, Array.ConvertAll(target, t => (double)t));
        var direction = (double[])residual.Clone();
        var size = Dot(residual, residual);
        var enough = Converged * Converged * size;
        for (var i = 0; i < iterations && size > enough; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = Transposed(features, Product(features, direction));
            for (var f = 0; f < image.Length; f++)
            {
                image[f] += l2 * direction[f];
            }

            var step = size / Dot(direction, image);
            for (var f = 0; f < weights.Length; f++)
            {
                weights[f] += step * direction[f];
                residual[f] -= step * image[f];
            }

            var next = Dot(residual, residual);
            for (var f = 0; f < direction.Length; f++)
            {
                direction[f] = residual[f] + (next / size * direction[f]);
            }

            size = next;
        }

        return weights;
    }

    private static double[] Product(FeatureMatrix features, double[] weights)
    {
        var product = new double[features.RowCount];
        for (var f = 0; f < weights.Length; f++)
        {
            var column = features.Columns[f];
            for (var row = 0; weights[f] != 0 && row < product.Length; row++)
            {
                product[row] += column[row] * weights[f];
            }
        }

        return product;
    }

    private static double[] Transposed(FeatureMatrix features, double[] rows) => [.. features.Columns.Select(column =>
    {
        var sum = 0.0;
        for (var row = 0; row < rows.Length; row++)
        {
            sum += column[row] * rows[row];
        }

        return sum;
    })];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
