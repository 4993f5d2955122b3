namespace Analytics.Registry.Database;

/// <summary>When a model is trained by itself, and what is asked then.</summary>
public sealed class TrainingSchedule
{
    /// <summary>The model; it has one schedule at most.</summary>
    public required string Model { get; init; }

    /// <summary>Minute, hour, day of month, month, day of week.</summary>
    public required string Cron { get; init; }

    /// <summary>The IANA name of the time zone that the line is meant in.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The run to queue, as the body of <c>POST /models/{model}/runs</c>.</summary>
    public required string Request { get; init; }

    /// <summary>What becomes of times at which no trainer ran.</summary>
    public required MissedRuns Missed { get; init; }

    /// <summary>The name of the API key that set it.</summary>
    public required string SetBy { get; init; }

    /// <summary>When it was set (UTC).</summary>
    public required DateTimeOffset SetAt { get; init; }

    /// <summary>The next time that is due, or was missed (UTC).</summary>
    public required DateTimeOffset NextAt { get; set; }

    /// <summary>The due time that was dealt with last (UTC).</summary>
    public DateTimeOffset? LastAt { get; set; }

    /// <summary>The run queued at that time; null when there was none, see <see cref="LastError"/>.</summary>
    public Guid? LastRun { get; set; }

    /// <summary>Why there was none.</summary>
    public string? LastError { get; set; }
}

/// <summary>What becomes of due times at which no trainer ran.</summary>
public enum MissedRuns
{
    /// <summary>However many they were, one run is queued when a trainer is back.</summary>
    Once,

    /// <summary>They are passed over.</summary>
    Skip,
}
