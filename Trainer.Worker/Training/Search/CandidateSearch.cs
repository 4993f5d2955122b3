using System.Numerics;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>
/// Finds the best candidate and its parameters by cross-validation on the training rows. It ends with its budget of fits, so the
/// same data, seed and budget give the same model on any machine; the clock ends it only as a safety, and the report says so.
/// </summary>
internal sealed class CandidateSearch(CandidatePlan plan, PreparedData data, string metric, TimeSpan timeLimit, TimeProvider time)
{
    // A trial this much worse than the best, relative to it, on the folds so far is given up.
    private const double Hopeless = 0.2;
    private readonly List<(ICandidateTrainer Trainer, ParameterValues Parameters, List<double> Folds)> _trials = [];
    private readonly long _start = time.GetTimestamp();
    private int _fits;

    /// <summary>The best candidate with its parameters, and what was tried.</summary>
    public (ICandidateTrainer Trainer, ParameterValues Parameters, SearchReport Report) Run(
        IProgress<double> progress, CancellationToken cancellationToken)
    {
        var seed = plan.Given.TryGetValue(ParameterDefinition.Seed.Name, out var given) ? given.GetInt32() : (int)ParameterDefinition.Seed.Default;
        var folds = new CrossValidation(data, seed);
        var draws = plan.Trainers
            .Select((t, i) => new ParameterDraws(t, plan.Given, data.Inputs.Count, data.Target is NumberTarget, seed, i)).ToList();
        string? end = null;
        // Everybody's defaults first; then the better a candidate is, the more of the budget it gets: half, a quarter, an eighth …
        foreach (var draw in draws)
        {
            end ??= Try(draw.Trainer, draw.Next(null)!, folds, progress, cancellationToken);
        }

        for (var turn = 1; end is null; turn++)
        {
            draws = [.. draws.OrderBy(d => BestOf(d.Trainer) is { } best ? Loss(best.Folds) : double.PositiveInfinity)];
            if (draws.Count == 0)
            {
                end = "exhausted";
                break;
            }

            var chosen = draws[Math.Min(BitOperations.TrailingZeroCount(turn), draws.Count - 1)];
            if (BestOf(chosen.Trainer) is { } best && chosen.Next(best.Parameters.ToJson()) is { } next)
            {
                end = Try(chosen.Trainer, next, folds, progress, cancellationToken);
            }
            else
            {
                draws.Remove(chosen);
            }
        }

        var ranked = _trials.OrderBy(t => t.Folds.Count < folds.Folds).ThenBy(t => Loss(t.Folds)).ToList();
        var report = new SearchReport(metric, folds.Folds, folds.Rows, plan.Budget!.Value, _fits, end!, [.. ranked.Select(t => new Trial(
            t.Trainer.Name, t.Parameters.ToJson(), OrNull(t.Folds.Average()), [.. t.Folds.Select(OrNull)]))]);
        return (ranked[0].Trainer, ranked[0].Parameters, report);
    }

    // Returns why the search has to end with this trial, or null.
    private string? Try(
        ICandidateTrainer trainer, ParameterValues parameters, CrossValidation folds, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var best = _trials.Select(t => t.Folds).Where(f => f.Count == folds.Folds).MinBy(Loss);
        var first = BestOf(trainer) is null;
        var found = new List<double>();
        _trials.Add((trainer, parameters, found));
        for (var fold = 0; fold < folds.Folds; fold++)
        {
            found.Add(folds.Measure(fold, trainer, parameters, metric, cancellationToken));
            _fits++;
            progress.Report(Math.Min(1, _fits / (double)plan.Budget!.Value));
            if (_fits >= plan.Budget)
            {
                return "budget";
            }

            if (time.GetElapsedTime(_start) > timeLimit)
            {
                return "time";
            }

            if (!first && best is not null && Loss(found) > Loss(best.Take(fold + 1)) + (Hopeless * Math.Abs(best.Take(fold + 1).Average())))
            {
                break;
            }
        }

        return null;
    }

    private (ICandidateTrainer Trainer, ParameterValues Parameters, List<double> Folds)? BestOf(ICandidateTrainer trainer)
    {
        var own = _trials.Where(t => t.Trainer == trainer).ToList();
        return own.Count == 0 ? null : own.OrderByDescending(t => t.Folds.Count).ThenBy(t => Loss(t.Folds)).First();
    }

    // Less is better; what is not defined is the worst.
    private double Loss(IEnumerable<double> folds)
    {
        var mean = folds.Average();
        return double.IsNaN(mean) ? double.PositiveInfinity : MetricName.HigherIsBetter(metric) ? -mean : mean;
    }

    private static double? OrNull(double value) => double.IsFinite(value) ? value : null;
}
