namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>Reads the rows of one streamed body, a record at a time. One request at a time.</summary>
internal interface IRowReader
{
    /// <summary>True when a record may go on over line ends.</summary>
    bool IsQuoted { get; }

    /// <summary>
    /// Adds the record's row to the batch, or says why not: the batch is as it was then. A record that is no row (a header, an
    /// empty line) adds nothing.
    /// </summary>
    ScoringProblem? Read(ReadOnlySpan<byte> record, long line, RequestWork work);

    /// <summary>What is wrong with the body as a whole, now that it is at its end.</summary>
    ScoringProblem? FindProblemAtEnd(bool anyRow);

    /// <summary>True when no row can be read after the problem that was found: the header is wrong.</summary>
    bool IsHopeless { get; }
}
