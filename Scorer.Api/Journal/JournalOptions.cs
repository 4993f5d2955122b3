using System.ComponentModel.DataAnnotations;

namespace Analytics.Scorer.Api.Journal;

/// <summary>Where the prediction journal is, its bounds, and how it is drained (section <c>Journal</c>).</summary>
public sealed class JournalOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Journal";

    /// <summary>Where the history goes. Default: <see cref="JournalSink.Postgres"/>.</summary>
    public JournalSink Sink { get; set; } = JournalSink.Postgres;

    /// <summary>
    /// The folder of the journal, on a local disk that outlives the process. Scorers on one machine may share it: each has a
    /// sub-folder. Default: <c>analytics-journal</c> in the system's temporary folder.
    /// </summary>
    [Required]
    public string Folder { get; set; } = Path.Combine(Path.GetTempPath(), "analytics-journal");

    /// <summary>What an append waits for. Default: <see cref="JournalFlush.Os"/>.</summary>
    public JournalFlush Flush { get; set; } = JournalFlush.Os;

    /// <summary>How often <see cref="JournalFlush.Interval"/> writes to the disk. Default: 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The most that the journal takes of the disk, in bytes. Default: 4 GB.</summary>
    [Range(64 * 1024, long.MaxValue)]
    public long MaxBytes { get; set; } = 4L * 1024 * 1024 * 1024;

    /// <summary>
    /// The size of a segment, the piece in which room is taken and freed, in bytes; at most an eighth of <see cref="MaxBytes"/> is used.
    /// Default: 64 MB.
    /// </summary>
    [Range(8 * 1024, 1024 * 1024 * 1024)]
    public int SegmentBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>What happens to a prediction request at the bound, or when the disk takes nothing. Default: <see cref="JournalFullPolicy.Block"/>.</summary>
    public JournalFullPolicy WhenFull { get; set; } = JournalFullPolicy.Block;

    /// <summary>How long records gather before they are stored. Default: 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The rows after which a batch is stored without further ones. Default: 20,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxBatchRows { get; set; } = 20_000;

    /// <summary>The longest pause between attempts while the database is away; the first is 100 ms. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long, while the service stops, the database may be away before the rest is left for the next start. Default: 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan StopPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Puts what the database does not have at the stop into the store, under <c>journal/</c>, from where the trainer stores it: for a
    /// machine whose disk ends with it. Default: false.
    /// </summary>
    public bool HandOver { get; set; }

    /// <summary>How long storing one batch may take. Default: 60 s.</summary>
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

/// <summary>What a record has survived when the request is answered.</summary>
public enum JournalFlush
{
    /// <summary>The end of the process, however it ends: the operating system has the record. A machine's end may lose the last seconds.</summary>
    Os,

    /// <summary>As <see cref="Os"/>; a machine's end loses at most the last <see cref="JournalOptions.FlushInterval"/>.</summary>
    Interval,

    /// <summary>The end of the machine: the disk has the record. Requests that arrive together share a flush.</summary>
    Always,
}

/// <summary>What happens at the journal's bound; never silently.</summary>
public enum JournalFullPolicy
{
    /// <summary>The request is answered with 503 and <c>Retry-After</c>: no answer without its record.</summary>
    Block,

    /// <summary>The oldest records go, counted by the metric <c>analytics.scorer.journal.dropped</c>.</summary>
    DropOldest,
}
