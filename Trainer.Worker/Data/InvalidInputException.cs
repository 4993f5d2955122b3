namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// The data set, its schema or the parameters cannot be trained on. The message is for an operator: it names the place, what was
/// expected, what was found and what to do.
/// </summary>
public sealed class InvalidInputException(string message) : Exception(message);
