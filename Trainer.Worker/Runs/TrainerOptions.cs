using System.ComponentModel.DataAnnotations;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>The trainer's settings (section <c>Trainer</c>), checked at start.</summary>
public sealed class TrainerOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Trainer";

    /// <summary>How long a claimed run is kept from other workers without a heartbeat. Default 30 s; 2 s to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the worker extends its lease; at most half of it. Default 8 s; 0.2 s to 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:30:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// How often an idle worker looks for a run, a busy one for the wish to cancel, and both for schedules that are due; how fast
    /// the events of a run follow it. Default 1 s; 0.05 to 60 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a run is attempted before it fails for good. Default 3; 1 to 20.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How many runs may wait; more are answered with 429. Default 1,000; 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxQueued { get; set; } = 1_000;

    /// <summary>
    /// For how many days ended runs are kept; one that a version came from which an alias names or named stays for good. Default
    /// 365; 1 to 36,500.
    /// </summary>
    [Range(1, 36_500)]
    public int RunRetentionDays { get; set; } = 365;

    /// <summary>
    /// How old a model's file that no version names is when it is removed: longer than any run takes. Default 7 days; 1 hour to 365 days.
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan BlobRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often old runs and unused files are looked for. Default 1 hour; 1 s to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The memory of an attempt's process, managed and native, in bytes; it is ended beyond that. Default (null): 75 % of what
    /// the machine or container has. At least 128 MB.
    /// </summary>
    [Range(128L * 1024 * 1024, long.MaxValue)]
    public long? MaxMemory { get; set; }

    /// <summary>The largest data set that is taken, in bytes. Default 1 GB; at least 1 KB.</summary>
    [Range(1024L, long.MaxValue)]
    public long MaxDatasetBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>
    /// Where uploads and attempts keep their files while they work; emptied afterwards. Default: <c>analytics-trainer</c> in the
    /// system's temporary folder.
    /// </summary>
    [Required]
    public string WorkFolder { get; set; } = Path.Combine(Path.GetTempPath(), "analytics-trainer");

    /// <summary>
    /// Whether the samples are stored and trained at the first start. Default (null): yes in Development, no elsewhere.
    /// </summary>
    public bool? TrainSamples { get; set; }

    /// <summary>The data sets that ship with the product.</summary>
    public IList<SampleOptions> Samples { get; } = [];

    /// <summary><see cref="MaxMemory"/> with its default applied, in bytes.</summary>
    internal long MemoryBound => MaxMemory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;
}

/// <summary>A data set that ships with the product, and the model that is trained on it.</summary>
public sealed class SampleOptions
{
    /// <summary>The model.</summary>
    [Required]
    public string Model { get; set; } = "";

    /// <summary>The data set.</summary>
    [Required]
    public string Dataset { get; set; } = "";

    /// <summary>The CSV file, relative to the program's folder.</summary>
    [Required]
    public string File { get; set; } = "";

    /// <summary>The label column.</summary>
    [Required]
    public string Label { get; set; } = "";

    /// <summary>The only columns that are features; empty: all but <see cref="Exclude"/>.</summary>
    public IList<string> Include { get; } = [];

    /// <summary>Columns that are not features: ids, comments, dates.</summary>
    public IList<string> Exclude { get; } = [];
}

/// <summary>Bounds that every attempt gets (section <c>Training</c>), checked at start.</summary>
public sealed class TrainingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Training";

    /// <summary>The largest model file, in bytes; refused before export. Default 256 MB; at least 64 KB.</summary>
    [Range(64L * 1024, long.MaxValue)]
    public long MaxModelBytes { get; set; } = 256L * 1024 * 1024;
}
