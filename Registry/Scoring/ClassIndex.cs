namespace Analytics.Registry.Scoring;

/// <summary>The class that probabilities name, by its index in the signature's order.</summary>
internal static class ClassIndex
{
    /// <summary>The index with the highest probability, the first of equals; -1 when none is a number.</summary>
    public static int Best(ReadOnlySpan<float> probabilities)
    {
        var best = -1;
        for (var k = 0; k < probabilities.Length; k++)
        {
            if (float.IsFinite(probabilities[k]) && (best < 0 || probabilities[k] > probabilities[best]))
            {
                best = k;
            }
        }

        return best;
    }
}
