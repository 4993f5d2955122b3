namespace Analytics.Registry.Database;

/// <summary>
/// The outcome observed for a prediction: one row a prediction, whether or not the prediction has been stored yet. The same
/// outcome again changes nothing; another one replaces it and the first stays readable.
/// </summary>
public sealed class FeedbackRecord
{
    /// <summary>The prediction's id (UUIDv7), the key.</summary>
    public required Guid PredictionId { get; init; }

    /// <summary>The outcome that counts: a label as text; a number or boolean in its shortest text form.</summary>
    public required string Actual { get; init; }

    /// <summary>The outcome as a number; null where it was given as text or boolean.</summary>
    public double? ActualNumber { get; init; }

    /// <summary>When the outcome that counts was given (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The API key's name of who gave it, or <c>loopback</c>.</summary>
    public string? Client { get; init; }

    /// <summary>The first outcome; other than <see cref="Actual"/> where it was corrected.</summary>
    public required string FirstActual { get; init; }

    /// <summary>When the first outcome was given (UTC); equal to <see cref="Time"/> where it was never corrected.</summary>
    public required DateTimeOffset FirstTime { get; init; }
}
