using System.Text.Json;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>A verb could not do what it was asked; the message says why and what to do.</summary>
/// <param name="message">The sentence for a person.</param>
/// <param name="problem">The trainer's problem document, for a program; null when the trainer did not answer.</param>
internal sealed class CommandFailedException(string message, JsonElement? problem = null) : Exception(message)
{
    /// <summary>True when the trainer said no; false when it said nothing.</summary>
    public bool HasAnswer { get; } = problem is not null;

    /// <summary>The document, made up where there is none.</summary>
    public JsonElement Problem { get; } = problem ?? JsonSerializer.SerializeToElement(new { title = "The command failed.", detail = message });
}
