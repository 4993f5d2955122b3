using System.Text.Json;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Registration;

namespace Analytics.Trainer.Worker.Training;

/// <summary>The child process's main: <c>attempt {work folder}</c>.</summary>
public static class AttemptCommand
{
    /// <summary>The exit code of a cancelled attempt, as a shell has it for Ctrl+C; there is no outcome then.</summary>
    public const int Cancelled = 130;

    /// <summary>
    /// Reads <c>job.json</c>, trains, and writes the model's files and <c>outcome.json</c>. Bad data is an outcome with an error
    /// and exit code 0; any other exit code is a crash.
    /// </summary>
    public static async Task<int> RunAsync(string workFolder, TextWriter progress, CancellationToken cancellationToken)
    {
        TrainingOutcome outcome;
        try
        {
            var job = await ReadJobAsync(Path.Combine(workFolder, TrainingJob.FileName), cancellationToken);
            outcome = new TrainingOutcome
            {
                Trained = job.Registered is null
                    ? await TrainingAttempt.RunAsync(job, workFolder, new ProgressLines(progress), cancellationToken)
                    : await RegistrationCheck.RunAsync(job, workFolder, new ProgressLines(progress), cancellationToken),
            };
        }
        catch (InvalidInputException e)
        {
            outcome = new TrainingOutcome { Error = e.Message };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Cancelled;
        }

        await File.WriteAllBytesAsync(
            Path.Combine(workFolder, TrainingOutcome.FileName),
            JsonSerializer.SerializeToUtf8Bytes(outcome, AttemptJson.Default.TrainingOutcome),
            cancellationToken);
        return 0;
    }

    private static async Task<TrainingJob> ReadJobAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync(stream, AttemptJson.Default.TrainingJob, cancellationToken)
            ?? throw new InvalidDataException($"{path}: expected a job, found null.");
    }
}
