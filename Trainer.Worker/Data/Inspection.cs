namespace Analytics.Trainer.Worker.Data;

/// <summary>What a look at data found (<c>inspection.json</c> in a work folder, <c>profile.json</c> of a data set).</summary>
public sealed record Inspection
{
    /// <summary>The file of the question.</summary>
    public const string JobFileName = "inspect.json";

    /// <summary>The file of the answer.</summary>
    public const string FileName = "inspection.json";

    /// <summary>Why the data cannot be read; null when it can.</summary>
    public string? Error { get; init; }

    /// <summary>SHA-256 of the data.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The column names in order.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>What the columns hold.</summary>
    public DatasetProfile? Profile { get; init; }
}

/// <summary>What to look at.</summary>
/// <param name="DataFile">The file, or a folder of files, in the work folder.</param>
/// <param name="Schema">What is said of the data.</param>
/// <param name="MostBytes">What a gzip file may hold.</param>
public sealed record InspectionJob(string DataFile, DatasetSchema Schema, long MostBytes);
