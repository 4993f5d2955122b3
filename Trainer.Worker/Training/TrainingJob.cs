using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Registration;

namespace Analytics.Trainer.Worker.Training;

/// <summary>
/// Everything an attempt needs, as <c>job.json</c> in its work folder. The attempt runs in a child process that knows neither
/// the store nor the database: files in, files out. Paths are relative to the work folder.
/// </summary>
public sealed record TrainingJob
{
    /// <summary>The name of the job's file.</summary>
    public const string FileName = "job.json";

    public required string Model { get; init; }

    public required string Dataset { get; init; }

    /// <summary>The data: a CSV file.</summary>
    public required string DataFile { get; init; }

    /// <summary>What the data set says of itself; the run's own label, include and exclude are merged in already.</summary>
    public required DatasetSchema Schema { get; init; }

    /// <summary>The data set's split; null when it was never trained on: the attempt then defines it.</summary>
    public SplitDefinition? Split { get; init; }

    public required string Algorithm { get; init; }

    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>What else the run said.</summary>
    public TrainingChoices Choices { get; init; } = new();

    /// <summary>A model trained elsewhere, to be checked in place of a training; null: train.</summary>
    public RegisteredModel? Registered { get; init; }

    /// <summary>The reigning champion, to be evaluated on the same hold-out rows; null when there is none.</summary>
    public ChampionFiles? Champion { get; init; }

    /// <summary>The largest model file, in bytes.</summary>
    public long MaxModelBytes { get; init; } = 256L * 1024 * 1024;
}

/// <summary>The champion's files in the work folder.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="ModelFile">Its ONNX graph.</param>
public sealed record ChampionFiles(Manifest Manifest, string ModelFile);
