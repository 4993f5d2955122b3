namespace Analytics.Registry.Journal;

/// <summary>The outcome of a prediction, as somebody observed it later.</summary>
/// <param name="PredictionId">The <c>id</c> of the answer; the prediction itself may not be in the database yet.</param>
/// <param name="Actual">The outcome as a text: a class's own value, or a number in the invariant culture.</param>
/// <param name="Time">When it was told (UTC).</param>
/// <param name="Client">Who told it: the API key's name, or <c>loopback</c>.</param>
internal sealed record FeedbackEntry(Guid PredictionId, string Actual, DateTimeOffset Time, string? Client);
