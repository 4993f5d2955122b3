namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>A parameter of a candidate.</summary>
/// <param name="Name">Its name in a run's <c>parameters</c>.</param>
/// <param name="Default">The value where none is given.</param>
/// <param name="Minimum">The smallest value allowed.</param>
/// <param name="Maximum">The largest value allowed.</param>
/// <param name="Whole">True when only whole numbers are allowed.</param>
/// <param name="Description">What it does, for the operator.</param>
public sealed record ParameterDefinition(
    string Name, double Default, double Minimum, double Maximum, bool Whole, string Description)
{
    /// <summary>The seed, which every candidate has.</summary>
    public static readonly ParameterDefinition Seed =
        new("seed", 1, 0, int.MaxValue, Whole: true, "Starts the random choices; the same seed on the same data gives the same model.");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Name} ({(Whole ? "whole number" : "number")}, {Minimum} to {Maximum}, default {Default})");
}
