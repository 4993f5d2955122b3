namespace Analytics.Trainer.Worker.Training;

/// <summary>The child process's main: <c>attempt {work folder}</c>.</summary>
public static class AttemptCommand
{
    /// <summary>
    /// Reads <c>job.json</c>, trains, and writes the model's files and <c>outcome.json</c>. Bad data is an outcome with an error
    /// and exit code 0; any other exit code is a crash.
    /// </summary>
    public static Task<int> RunAsync(string workFolder, TextWriter progress, CancellationToken cancellationToken) =>
        throw new NotImplementedException(workFolder);
}
