namespace Analytics.Scorer.Api.Feedback;

/// <summary>What a feedback request said.</summary>
/// <param name="maxEntries">The most entries that are taken.</param>
/// <param name="latestTime">The latest time that a prediction's id may have: one beyond would outlive retention.</param>
internal sealed class FeedbackWork(int maxEntries, DateTimeOffset latestTime)
{
    public int MaxEntries => maxEntries;

    public DateTimeOffset LatestTime => latestTime;

    public List<Outcome> Outcomes { get; } = [];

    public HashSet<Guid> Ids { get; } = [];
}

/// <summary>The outcome of a prediction.</summary>
internal readonly record struct Outcome(Guid PredictionId, string Actual);
