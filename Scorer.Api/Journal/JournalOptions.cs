using System.ComponentModel.DataAnnotations;

namespace Analytics.Scorer.Api.Journal;

/// <summary>The bounds of the prediction journal, and how it is drained (section <c>Journal</c>).</summary>
public sealed class JournalOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Journal";

    /// <summary>Where the history goes. Default: <see cref="JournalSink.Postgres"/>.</summary>
    public JournalSink Sink { get; set; } = JournalSink.Postgres;

    /// <summary>The most requests that wait for the database. Default: 1,000,000.</summary>
    [Range(1, int.MaxValue)]
    public int MaxRecords { get; set; } = 1_000_000;

    /// <summary>The most memory that they take, in bytes. Default: 512 MB.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>What happens to a prediction request at the bound. Default: <see cref="JournalFullPolicy.Block"/>.</summary>
    public JournalFullPolicy WhenFull { get; set; } = JournalFullPolicy.Block;

    /// <summary>How long records gather before they are written. Default: 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The rows after which a batch is written without further ones. Default: 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxBatchRows { get; set; } = 10_000;

    /// <summary>The longest pause between attempts while the database is away; the first is 100 ms. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long writing one batch may take. Default: 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>Where the history of requests and predictions goes.</summary>
public enum JournalSink
{
    /// <summary>Into the database, through the journal.</summary>
    Postgres,

    /// <summary>Nowhere: a scorer without a database. Predictions are answered and not kept; a warning says so at the start.</summary>
    None,
}

/// <summary>What happens at the journal's bound; never silently.</summary>
public enum JournalFullPolicy
{
    /// <summary>The request is answered with 503 and <c>Retry-After</c>: no answer without its record.</summary>
    Block,

    /// <summary>The oldest records go, counted by the metric <c>analytics.scorer.journal.dropped</c>.</summary>
    DropOldest,
}
