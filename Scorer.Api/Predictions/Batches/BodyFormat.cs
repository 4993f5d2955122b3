namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>The forms in which rows come and answers go.</summary>
internal enum BodyFormat
{
    /// <summary><c>application/json</c>: one document.</summary>
    Json,

    /// <summary><c>text/csv</c> (RFC 4180) with a header.</summary>
    Csv,

    /// <summary><c>application/x-ndjson</c>: a JSON value on each line.</summary>
    Ndjson,
}
