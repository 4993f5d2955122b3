using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Search;

namespace Analytics.Trainer.Worker.Training;

/// <summary>What the hold-out says: the candidate's figures, the baseline's and the champion's. All null when nothing is held out.</summary>
internal sealed record AttemptEvaluation(
    HeldOutFigures? Figures,
    IReadOnlyDictionary<string, double> Baseline,
    ChampionEvaluation? Champion,
    GateEvidence? Evidence,
    ImportanceReport? Importance)
{
    private static readonly IReadOnlyDictionary<string, double> Nothing = new Dictionary<string, double>();

    public static async Task<AttemptEvaluation> RunAsync(
        TrainingJob job,
        string folder,
        PreparedData data,
        Signature signature,
        IScorer scorer,
        string metric,
        CancellationToken cancellationToken)
    {
        var (champion, championAnswers) = await EvaluateChampionAsync(job, folder, data, signature, cancellationToken);
        if (data.HoldoutRows.Count == 0)
        {
            return new AttemptEvaluation(null, Nothing, champion, null, null);
        }

        var answers = AnswersOn.Rows(
            data.Target, data.HoldoutRows, TableScoring.Score(scorer, signature, data.Table, data.HoldoutRows, cancellationToken));
        var trained = TrainingRows.Of(FeatureColumns.Of(), data.Target, data.TrainRows);
        var baseline = AnswersOn.Always(data.Target, data.HoldoutRows, BaselineTrainer.AnswerOf(trained));
        // Held-out rows of one class have no area under a curve, one row has no R²: what is always defined then stands in.
        var decides = double.IsFinite(answers.Measure(metric)) && double.IsFinite(baseline.Measure(metric)) ? metric : answers.DefaultMetric;
        var evidence = GateEvidence.Of(
            answers,
            baseline,
            championAnswers,
            signature.Output.Classes,
            decides,
            job.Choices.Tolerance ?? GateEvidence.DefaultTolerance,
            job.Choices.RecallFloor,
            cancellationToken);
        return new AttemptEvaluation(
            new HeldOutFigures(answers, cancellationToken),
            HeldOutFigures.MetricsOf(baseline),
            champion,
            evidence,
            HoldoutImportance.Of(scorer, signature, data, decides, cancellationToken));
    }

    /// <summary>The report on a model.</summary>
    public EvaluationReport Report(
        TrainedModel model, PreparedData data, IReadOnlyList<string> features, SearchReport? search, FitReport? fit) => new()
        {
            Algorithm = model.Algorithm,
            TrainRows = (int)model.Data.TrainRows,
            HoldoutRows = data.HoldoutRows.Count,
            Features = features,
            Metrics = model.Metrics,
            Intervals = Figures?.Intervals ?? new Dictionary<string, Interval>(),
            BootstrapSamples = Figures is null ? null : Bootstrap.Samples(Figures.Answers),
            Classes = EvaluationReport.ClassesOf(data, Figures),
            Confusion = (Figures?.Answers as ClassAnswers)?.Confusion().Counts ?? [],
            Importance = Importance,
            Baseline = Baseline,
            Champion = Champion,
            Gate = Evidence,
            Search = search,
            Fit = fit,
            Warnings = model.Warnings,
        };

    private static async Task<(ChampionEvaluation? Champion, HeldOutAnswers? Answers)> EvaluateChampionAsync(
        TrainingJob job, string folder, PreparedData data, Signature signature, CancellationToken cancellationToken)
    {
        if (job.Champion is not { } champion)
        {
            return (null, null);
        }

        var (notComparable, answers) = ChampionComparison.Evaluate(
            champion.Manifest,
            await File.ReadAllBytesAsync(Path.Combine(folder, champion.ModelFile), cancellationToken),
            signature.Output,
            HoldoutSplit.IdOf(data.Split),
            data,
            cancellationToken);
        return (
            new ChampionEvaluation(champion.Manifest.Version, notComparable, answers is null ? Nothing : HeldOutFigures.MetricsOf(answers)),
            answers);
    }
}
