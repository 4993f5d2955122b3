using System.Text.Json;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>The documents by which the trainer and the process of an attempt talk: the job goes in, the outcome comes out.</summary>
internal static class AttemptFiles
{
    public static Task WriteJobAsync(TrainingJob job, Scratch folder, CancellationToken cancellationToken) =>
        File.WriteAllBytesAsync(
            folder.File(TrainingJob.FileName), JsonSerializer.SerializeToUtf8Bytes(job, AttemptJson.Default.TrainingJob), cancellationToken);

    /// <summary>What the attempt wrote; it must be there.</summary>
    public static async Task<TrainingOutcome?> ReadOutcomeAsync(Scratch folder, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(folder.File(TrainingOutcome.FileName));
        return await JsonSerializer.DeserializeAsync(stream, AttemptJson.Default.TrainingOutcome, cancellationToken);
    }
}
