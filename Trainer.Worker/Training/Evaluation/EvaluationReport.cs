using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>The report that is committed with a version (role <c>report</c>).</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="TrainRows">Rows fitted on.</param>
/// <param name="HoldoutRows">Rows evaluated on; the figures are empty when there are none.</param>
/// <param name="Features">The features' names after encoding.</param>
/// <param name="Metrics">As in the manifest.</param>
/// <param name="Classes">A line per class.</param>
/// <param name="Confusion">For each true class (row) how often each class (column) was predicted.</param>
/// <param name="Fit">What the fit says of itself, features in the order of <paramref name="Features"/>; null for learners that say nothing.</param>
/// <param name="Champion">The reigning champion on the same rows.</param>
/// <param name="Warnings">As in the manifest.</param>
public sealed record EvaluationReport(
    string Algorithm,
    int TrainRows,
    int HoldoutRows,
    IReadOnlyList<string> Features,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<ClassReport> Classes,
    IReadOnlyList<IReadOnlyList<long>> Confusion,
    FitReport? Fit,
    ChampionEvaluation? Champion,
    IReadOnlyList<string> Warnings)
{
    /// <summary>The report on a trained model; <paramref name="metrics"/> is null when nothing was held out.</summary>
    public static EvaluationReport Of(
        TrainedModel model, PreparedData data, ClassTarget target, IReadOnlyList<string> features, ClassificationMetrics? metrics, FitReport? fit)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var train = data.TrainRows.CountBy(r => target.Indexes[r]).ToDictionary();
        var holdout = data.HoldoutRows.CountBy(r => target.Indexes[r]).ToDictionary();
        var figures = metrics?.PerClass();
        return new EvaluationReport(
            model.Algorithm,
            data.TrainRows.Count,
            data.HoldoutRows.Count,
            features,
            model.Metrics,
            [.. target.Classes.Select((name, k) => new ClassReport(
                name,
                train.GetValueOrDefault(k),
                holdout.GetValueOrDefault(k),
                figures?[k].Precision,
                figures?[k].Recall,
                figures?[k].F1))],
            metrics?.Confusion ?? [],
            fit,
            model.Champion,
            model.Warnings);
    }
}

/// <summary>One class in the report.</summary>
/// <param name="Name">The class.</param>
/// <param name="TrainRows">Its rows fitted on.</param>
/// <param name="HoldoutRows">Its rows evaluated on.</param>
/// <param name="Precision">0 to 1; null when nothing was held out.</param>
/// <param name="Recall">0 to 1; null when nothing was held out.</param>
/// <param name="F1">0 to 1; null when nothing was held out.</param>
public sealed record ClassReport(string Name, int TrainRows, int HoldoutRows, double? Precision, double? Recall, double? F1);
