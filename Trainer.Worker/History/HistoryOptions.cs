using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.History;

/// <summary>How long the history is kept, and how it is kept in order (section <c>History</c>), checked at start.</summary>
public sealed class HistoryOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "History";

    /// <summary>How many whole days (UTC) predictions are kept, and their feedback. Default 90; 1 to 36,500.</summary>
    [Range(1, 36_500)]
    public int RetentionDays { get; set; } = 90;

    /// <summary>
    /// How many whole days (UTC) requests are kept: at least as long as predictions, for only the request says whose a
    /// prediction is. Default 90; 1 to 36,500.
    /// </summary>
    [Range(1, 36_500)]
    public int RequestRetentionDays { get; set; } = 90;

    /// <summary>For how many days ahead partitions are created. Default 3; 1 to 60.</summary>
    [Range(1, 60)]
    public int DaysAhead { get; set; } = 3;

    /// <summary>How often the history is looked after. Default 5 minutes; 100 ms to 6 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "06:00:00")]
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a change of partitions may wait for those who read and write the table; while it waits, later ones wait behind
    /// it. Then it is left for the next time. Default 2 s; 10 ms to 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the store is asked for what scorers have handed over at their stop. Default 30 s; 100 ms to 6 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "06:00:00")]
    public TimeSpan HandedOverInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many rows one statement erases or deletes. Default 5,000; 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int BatchRows { get; set; } = 5_000;
}

/// <summary>The rule between two settings.</summary>
internal sealed class HistoryOptionsValidator : IValidateOptions<HistoryOptions>
{
    public ValidateOptionsResult Validate(string? name, HistoryOptions options) =>
        options.RequestRetentionDays >= options.RetentionDays
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"History:RequestRetentionDays ({options.RequestRetentionDays}) must be at least History:RetentionDays "
                + $"({options.RetentionDays}): only a request says whose its predictions are, so they could not be erased any more.");
}
