namespace Analytics.Trainer.Worker.Training;

/// <summary>One line of JSON on the child's standard output: where the attempt is.</summary>
/// <param name="Stage"><c>read</c>, <c>split</c>, <c>fit</c>, <c>export</c>, <c>check</c>, <c>evaluate</c>.</param>
/// <param name="Progress">Of the whole attempt, 0 to 1, never falling.</param>
/// <param name="Rows">The rows trained on, once they are read.</param>
public sealed record AttemptProgress(string Stage, double Progress, long? Rows = null);
