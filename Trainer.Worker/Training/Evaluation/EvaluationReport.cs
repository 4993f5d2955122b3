using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Search;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>The report that is committed with a version (role <c>report</c>). Definitions: docs/evaluation.md.</summary>
public sealed record EvaluationReport
{
    /// <summary>The algorithm.</summary>
    public required string Algorithm { get; init; }

    /// <summary>Rows fitted on.</summary>
    public required int TrainRows { get; init; }

    /// <summary>Rows evaluated on; the figures are empty when there are none.</summary>
    public required int HoldoutRows { get; init; }

    /// <summary>The features' names after encoding.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>As in the manifest.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The 95 % bootstrap interval of each metric.</summary>
    public IReadOnlyDictionary<string, Interval> Intervals { get; init; } = new Dictionary<string, Interval>();

    /// <summary>The bootstrap samples behind the intervals.</summary>
    public int? BootstrapSamples { get; init; }

    /// <summary>A line per class; none for a number.</summary>
    public IReadOnlyList<ClassReport> Classes { get; init; } = [];

    /// <summary>For each true class (row) how often each class (column) was predicted.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Confusion { get; init; } = [];

    /// <summary>Permutation importance on the hold-out; null when nothing was held out.</summary>
    public ImportanceReport? Importance { get; init; }

    /// <summary>The metrics of the majority class, or the mean.</summary>
    public IReadOnlyDictionary<string, double> Baseline { get; init; } = new Dictionary<string, double>();

    /// <summary>The reigning champion on the same rows.</summary>
    public ChampionEvaluation? Champion { get; init; }

    /// <summary>What the gate decided on.</summary>
    public GateEvidence? Gate { get; init; }

    /// <summary>What a search tried; null without one.</summary>
    public SearchReport? Search { get; init; }

    /// <summary>What the fit says of itself, features in the order of <see cref="Features"/>; null for learners that say nothing.</summary>
    public FitReport? Fit { get; init; }

    /// <summary>As in the manifest.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>A line for each class of the target.</summary>
    internal static IReadOnlyList<ClassReport> ClassesOf(PreparedData data, HeldOutFigures? evaluation)
    {
        if (data.Target is not ClassTarget target)
        {
            return [];
        }

        var train = data.TrainRows.CountBy(r => target.Indexes[r]).ToDictionary();
        var holdout = data.HoldoutRows.CountBy(r => target.Indexes[r]).ToDictionary();
        return [.. target.Classes.Select((name, k) =>
        {
            var figures = evaluation?.ClassFigures(k);
            return new ClassReport(
                name,
                train.GetValueOrDefault(k),
                holdout.GetValueOrDefault(k),
                figures?[0].Value,
                figures?[1].Value,
                figures?[2].Value,
                figures?[0].Interval,
                figures?[1].Interval,
                figures?[2].Interval);
        })];
    }
}

/// <summary>One class in the report.</summary>
/// <param name="Name">The class.</param>
/// <param name="TrainRows">Its rows fitted on.</param>
/// <param name="HoldoutRows">Its rows evaluated on.</param>
/// <param name="Precision">0 to 1; null when nothing was held out.</param>
/// <param name="Recall">0 to 1; null when nothing was held out.</param>
/// <param name="F1">0 to 1; null when nothing was held out.</param>
/// <param name="PrecisionInterval">Its 95 % bootstrap interval; null where the samples do not define it.</param>
/// <param name="RecallInterval">The same of the recall.</param>
/// <param name="F1Interval">The same of F1.</param>
public sealed record ClassReport(
    string Name,
    int TrainRows,
    int HoldoutRows,
    double? Precision,
    double? Recall,
    double? F1,
    Interval? PrecisionInterval,
    Interval? RecallInterval,
    Interval? F1Interval);
