namespace Analytics.Trainer.Worker.Runs;

/// <summary>The run ends without a version, and trying again would change nothing. The message is for the operator.</summary>
internal sealed class RunFailedException(string message) : Exception(message);
