using System.Text.Json;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>A search as the version's report keeps it.</summary>
/// <param name="Metric">The metric that decided.</param>
/// <param name="Folds">The folds of the cross-validation.</param>
/// <param name="Rows">The training rows that it was made on.</param>
/// <param name="Budget">The fits allowed.</param>
/// <param name="Fits">The fits made; the refit of the best is not among them.</param>
/// <param name="End">Why it ended: <c>budget</c>, <c>exhausted</c> (nothing left to try) or <c>time</c>.</param>
/// <param name="Trials">What was tried, the best first.</param>
public sealed record SearchReport(
    string Metric, int Folds, int Rows, int Budget, int Fits, string End, IReadOnlyList<Trial> Trials);

/// <summary>One candidate with one set of parameters, cross-validated.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Parameters">All its parameters.</param>
/// <param name="Score">The mean of the metric over the folds tried; null where it is not defined.</param>
/// <param name="Folds">The metric by fold; fewer than all when it was given up as hopeless.</param>
public sealed record Trial(
    string Algorithm, IReadOnlyDictionary<string, JsonElement> Parameters, double? Score, IReadOnlyList<double?> Folds);
