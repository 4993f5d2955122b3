namespace Analytics.Benchmarks.Training;

/// <summary>How good the probabilities of test rows are.</summary>
internal sealed record TestScore(double Accuracy, double LogLoss)
{
    // scikit-learn clips float32 probabilities at the type's epsilon.
    private const double Epsilon = 1.1920929e-7;

    public static TestScore Of(float[] probabilities, int[] labels)
    {
        var classes = probabilities.Length / labels.Length;
        int right = 0;
        var loss = 0.0;
        for (var r = 0; r < labels.Length; r++)
        {
            var row = probabilities.AsSpan(r * classes, classes);
            var best = 0;
            for (var k = 1; k < classes; k++)
            {
                best = row[k] > row[best] ? k : best;
            }

            right += best == labels[r] ? 1 : 0;
            loss -= Math.Log(Math.Clamp(row[labels[r]], Epsilon, 1 - Epsilon));
        }

        return new TestScore(right / (double)labels.Length, loss / labels.Length);
    }
}
