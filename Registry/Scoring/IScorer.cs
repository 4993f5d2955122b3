namespace Analytics.Registry.Scoring;

/// <summary>
/// A loaded model that answers. Safe for any number of threads at once; the same rows always give the same answer.
/// Dispose it only when no call is under way.
/// </summary>
public interface IScorer : IDisposable
{
    /// <summary>What answers: <c>onnxruntime</c>, <c>compiled-forest</c> …</summary>
    string Engine { get; }

    /// <summary>The number of values that a row gives: the number of classes, or 1 for a number.</summary>
    int OutputWidth { get; }

    /// <summary>
    /// Scores the batch. <paramref name="output"/> has exactly <c>batch.Count × OutputWidth</c> places and receives, row by
    /// row, a probability (0 to 1) for each class in the signature's order, or the number.
    /// </summary>
    void Score(RowBatch batch, Span<float> output);
}
