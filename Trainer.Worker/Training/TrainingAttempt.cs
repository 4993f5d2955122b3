using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;
using Analytics.Trainer.Worker.Training.Search;

namespace Analytics.Trainer.Worker.Training;

/// <summary>One attempt from job to model: read, split, search, fit, export, check, evaluate. Files in, files out.</summary>
internal static class TrainingAttempt
{
    private const string ModelFile = "model.onnx";
    private const string GoldenFile = "golden.json";
    private const string ProfileFile = "profile.json";
    private const string ReportFile = "report.json";
    private static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Trains and writes the model's files into <paramref name="folder"/>. Throws <see cref="InvalidInputException"/> where the
    /// operator can help.
    /// </summary>
    public static async Task<TrainedModel> RunAsync(
        TrainingJob job, string folder, ProgressLines progress, CancellationToken cancellationToken)
    {
        progress.Report("read", 0);
        // Before the data is read: a misspelt parameter should not cost a minute.
        var plan = CandidatePlan.Of(job.Algorithm, job.Parameters, job.Choices.Budget);
        var warnings = new List<string>();
        var (sha256, choice, reading) = await DataPreparation.ReadAsync(
            Path.Combine(folder, job.DataFile), job.Schema, job.Split, job.Champion?.Manifest.Signature, cancellationToken,
            Path.Combine(folder, "scratch"));

        progress.Report("split", 0.1);
        var data = DataPreparation.Prepare(job.Dataset, sha256, choice, reading, job.Schema, job.Split, warnings);
        progress.Rows = data.TrainRows.Count;
        var metric = MetricOf(job, data.Target);

        var (trainer, parameters, search) = Choose(job, plan, data, metric, progress, warnings, cancellationToken);
        progress.Report("fit", search is null ? 0.15 : 0.65);
        var rows = RowSample.Take(data.Target, data.TrainRows, trainer.MostRows, parameters.Whole(ParameterDefinition.Seed.Name));
        if (rows.Count < data.TrainRows.Count)
        {
            warnings.Add($"'{trainer.Name}' was fitted on a sample of {rows.Count} of the {data.TrainRows.Count} training rows.");
        }

        var encoding = FeatureFitting.Fit(data.Table, data.Inputs, rows, data.Target, trainer.FeatureStyle, warnings);
        var signature = new Signature(encoding.SignatureOf(data.Inputs), data.Target is ClassTarget classes
            ? new SignatureOutput(choice.Label, OutputKind.Classes, classes.Classes)
            : new SignatureOutput(choice.Label, OutputKind.Number));
        var fitted = trainer.Fit(
            TrainingRows.Of(encoding.ColumnsOf(data.Table, rows), data.Target, rows),
            parameters,
            progress.Stage("fit", search is null ? 0.15 : 0.65, 0.8),
            cancellationToken);

        progress.Report("export", 0.8);
        await File.WriteAllBytesAsync(
            Path.Combine(folder, ModelFile), ModelGraph.Build(encoding, fitted, signature.Output, job.MaxModelBytes), cancellationToken);

        progress.Report("check", 0.85);
        // The bytes on disk are what will be served, so they are what is checked and evaluated.
        using var scorer = PartsScorer.Load(await File.ReadAllBytesAsync(Path.Combine(folder, ModelFile), cancellationToken), signature);
        ModelCheck.Verify(scorer, signature, encoding, fitted, data.Table, cancellationToken);
        await WriteGoldenAsync(Path.Combine(folder, GoldenFile), data, signature, scorer, cancellationToken);

        progress.Report("evaluate", 0.9);
        var evaluation = await AttemptEvaluation.RunAsync(job, folder, data, signature, scorer, metric, cancellationToken);
        var model = new TrainedModel
        {
            Algorithm = trainer.Name,
            Parameters = parameters.ToJson(),
            Signature = signature,
            Metrics = evaluation.Figures?.Metrics ?? new Dictionary<string, double>(),
            Data = new DataFingerprint(
                job.Dataset,
                sha256,
                data.Table.RowCount,
                rows.Count,
                data.HoldoutRows.Count,
                HoldoutSplit.IdOf(data.Split))
            {
                Cut = data.Cut,
            },
            Split = data.Split,
            Files = new Dictionary<string, string>
            {
                [FileRole.Model] = ModelFile,
                [FileRole.Golden] = GoldenFile,
                [FileRole.Profile] = ProfileFile,
                [FileRole.Report] = ReportFile,
            },
            Champion = evaluation.Champion,
            SignatureChange = job.Champion is { } champion ? SignatureChange.Find(champion.Manifest.Signature, signature) : null,
            Evidence = evaluation.Evidence,
            Warnings = warnings,
        };
        await WriteReportsAsync(folder, data, model, evaluation.Report(model, data, encoding.FeatureNames(), search, fitted.Report), cancellationToken);
        progress.Report("evaluate", 1);
        return model;
    }

    private static string MetricOf(TrainingJob job, Target target)
    {
        var known = target is ClassTarget ? MetricName.OfClasses : MetricName.OfNumbers;
        return job.Choices.Metric is not { } asked ? known[0]
            : known.Contains(asked) ? asked
            : throw new InvalidInputException(
                $"The metric '{asked}' is not one of {(target is ClassTarget ? "classes" : "a number")}, which '{target.Name}' is; there are {NameList.Of(known)}.");
    }

    private static (ICandidateTrainer Trainer, ParameterValues Parameters, SearchReport? Search) Choose(
        TrainingJob job,
        CandidatePlan plan,
        PreparedData data,
        string metric,
        ProgressLines progress,
        List<string> warnings,
        CancellationToken cancellationToken)
    {
        if (plan.Budget is null)
        {
            var only = plan.Trainers[0];
            return (only, ParameterValues.From(only.Name, only.Parameters, plan.Given), null);
        }

        var limit = job.Choices.TimeLimit is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultTimeLimit;
        var (trainer, parameters, search) = new CandidateSearch(plan, data, metric, limit, TimeProvider.System)
            .Run(progress.Stage("search", 0.15, 0.65), cancellationToken);
        if (search.End == "time")
        {
            warnings.Add(
                $"The search was ended by the clock ({limit.TotalSeconds:0} s, 'timeLimit') after {search.Fits} of {search.Budget} fits; "
                + "the same run may choose otherwise on another machine.");
        }

        return (trainer, parameters, search);
    }

    private static async Task WriteGoldenAsync(
        string path, PreparedData data, Signature signature, IScorer scorer, CancellationToken cancellationToken)
    {
        var batch = GoldenRowChoice.Choose(data.Table, data.Target, signature);
        var outputs = new float[batch.Count * scorer.OutputWidth];
        scorer.Score(batch, outputs);
        var golden = GoldenRows.From(batch, outputs);
        await File.WriteAllBytesAsync(
            path, JsonSerializer.SerializeToUtf8Bytes(golden, RegistryJson.Default.GoldenRows), cancellationToken);
    }

    private static async Task WriteReportsAsync(
        string folder, PreparedData data, TrainedModel model, EvaluationReport report, CancellationToken cancellationToken)
    {
        var profile = DatasetProfile.Of(data.Table, [model.Signature.Output.Name, .. data.Inputs.Select(i => i.Name)]);
        await File.WriteAllBytesAsync(
            Path.Combine(folder, ProfileFile),
            JsonSerializer.SerializeToUtf8Bytes(profile, ReportJson.Default.DatasetProfile),
            cancellationToken);
        await File.WriteAllBytesAsync(
            Path.Combine(folder, ReportFile),
            JsonSerializer.SerializeToUtf8Bytes(report, ReportJson.Default.EvaluationReport),
            cancellationToken);
    }
}
