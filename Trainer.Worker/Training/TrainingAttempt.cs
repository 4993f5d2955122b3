using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training;

/// <summary>One attempt from job to model: read, split, fit, export, check, evaluate. Files in, files out.</summary>
internal static class TrainingAttempt
{
    private const string ModelFile = "model.onnx";
    private const string GoldenFile = "golden.json";
    private const string ProfileFile = "profile.json";
    private const string ReportFile = "report.json";

    /// <summary>
    /// Trains and writes the model's files into <paramref name="folder"/>. Throws <see cref="InvalidInputException"/> where the
    /// operator can help.
    /// </summary>
    public static async Task<TrainedModel> RunAsync(
        TrainingJob job, string folder, ProgressLines progress, CancellationToken cancellationToken)
    {
        progress.Report("read", 0);
        // Before the data is read: a misspelt parameter should not cost a minute.
        var trainer = CandidateCatalog.Find(job.Algorithm);
        var parameters = ParameterValues.From(job.Algorithm, trainer.Parameters, job.Parameters);
        var warnings = new List<string>();
        var (sha256, choice, reading) = await DataPreparation.ReadAsync(
            Path.Combine(folder, job.DataFile), job.Schema, job.Split, job.Champion?.Manifest.Signature, cancellationToken,
            Path.Combine(folder, "scratch"));

        progress.Report("split", 0.1);
        var data = DataPreparation.Prepare(job.Dataset, sha256, choice, reading, job.Schema, job.Split, warnings);
        var target = data.Target as ClassTarget ?? throw new InvalidInputException(
            $"The label column '{choice.Label}' is a number to predict, and no algorithm here trains numbers yet. Choose another label, or "
            + "say that its values are classes (target: classes).");
        var encoding = FeatureFitting.Fit(
            data.Table, data.Inputs, data.TrainRows, target.Indexes, target.Classes.Count, trainer.FeatureStyle, warnings);
        var signature = new Signature(
            encoding.InputColumns(), new SignatureOutput(choice.Label, OutputKind.Classes, target.Classes));

        progress.Report("fit", 0.15);
        var fitted = trainer.Fit(TrainingRowsOf(data, target, encoding), parameters, progress.Stage("fit", 0.15, 0.8), cancellationToken);

        progress.Report("export", 0.8);
        await File.WriteAllBytesAsync(
            Path.Combine(folder, ModelFile),
            ClassifierGraph.Build(encoding, fitted, target.Classes, job.MaxModelBytes),
            cancellationToken);

        progress.Report("check", 0.85);
        // The bytes on disk are what will be served, so they are what is checked and evaluated.
        using var scorer = OnnxScorer.Load(await File.ReadAllBytesAsync(Path.Combine(folder, ModelFile), cancellationToken), signature);
        ModelCheck.Verify(scorer, signature, encoding, fitted, data.Table, cancellationToken);
        await WriteGoldenAsync(Path.Combine(folder, GoldenFile), data, target, signature, scorer, cancellationToken);

        progress.Report("evaluate", 0.9);
        var metrics = Evaluate(data, target, signature, scorer, cancellationToken);
        var champion = await EvaluateChampionAsync(job, folder, data, target, signature, cancellationToken);
        var model = new TrainedModel
        {
            Algorithm = job.Algorithm,
            Parameters = parameters.ToJson(),
            Signature = signature,
            Metrics = metrics?.ToManifest() ?? new Dictionary<string, double>(),
            Data = new DataFingerprint(
                job.Dataset,
                sha256,
                data.Table.RowCount,
                data.TrainRows.Count,
                data.HoldoutRows.Count,
                HoldoutSplit.IdOf(data.Split)),
            Split = data.Split,
            Files = new Dictionary<string, string>
            {
                [FileRole.Model] = ModelFile,
                [FileRole.Golden] = GoldenFile,
                [FileRole.Profile] = ProfileFile,
                [FileRole.Report] = ReportFile,
            },
            Champion = champion,
            Warnings = warnings,
        };
        await WriteReportsAsync(folder, model, data, target, encoding, metrics, fitted.Report, cancellationToken);
        progress.Report("evaluate", 1);
        return model;
    }

    private static TrainingRows TrainingRowsOf(PreparedData data, ClassTarget target, FeatureEncoding encoding) => new(
        encoding.ColumnsOf(data.Table, data.TrainRows),
        [.. data.TrainRows.Select(r => target.Indexes[r])],
        target.Classes.Count);

    private static async Task WriteGoldenAsync(
        string path, PreparedData data, ClassTarget target, Signature signature, OnnxScorer scorer, CancellationToken cancellationToken)
    {
        var batch = GoldenRowChoice.Choose(data.Table, target, signature);
        var outputs = new float[batch.Count * scorer.OutputWidth];
        scorer.Score(batch, outputs);
        var golden = GoldenRows.From(batch, outputs);
        await File.WriteAllBytesAsync(
            path, JsonSerializer.SerializeToUtf8Bytes(golden, RegistryJson.Default.GoldenRows), cancellationToken);
    }

    private static ClassificationMetrics? Evaluate(
        PreparedData data, ClassTarget target, Signature signature, OnnxScorer scorer, CancellationToken cancellationToken) => data.HoldoutRows.Count == 0
        ? null
        : ClassificationMetrics.Compute(
            TableScoring.Score(scorer, signature, data.Table, data.HoldoutRows, cancellationToken),
            [.. data.HoldoutRows.Select(r => target.Indexes[r])],
            target.Classes.Count);

    private static async Task<ChampionEvaluation?> EvaluateChampionAsync(
        TrainingJob job, string folder, PreparedData data, ClassTarget target, Signature signature, CancellationToken cancellationToken) =>
        job.Champion is not { } champion
            ? null
            : ChampionComparison.Evaluate(
                champion.Manifest,
                await File.ReadAllBytesAsync(Path.Combine(folder, champion.ModelFile), cancellationToken),
                signature.Output,
                HoldoutSplit.IdOf(data.Split),
                data,
                target,
                cancellationToken);

    private static async Task WriteReportsAsync(
        string folder,
        TrainedModel model,
        PreparedData data,
        ClassTarget target,
        FeatureEncoding encoding,
        ClassificationMetrics? metrics,
        FitReport? fit,
        CancellationToken cancellationToken)
    {
        var profile = DatasetProfile.Of(data.Table, [model.Signature.Output.Name, .. data.Inputs.Select(i => i.Name)]);
        await File.WriteAllBytesAsync(
            Path.Combine(folder, ProfileFile),
            JsonSerializer.SerializeToUtf8Bytes(profile, ReportJson.Default.DatasetProfile),
            cancellationToken);
        var report = EvaluationReport.Of(model, data, target, encoding.FeatureNames(), metrics, fit);
        await File.WriteAllBytesAsync(
            Path.Combine(folder, ReportFile),
            JsonSerializer.SerializeToUtf8Bytes(report, ReportJson.Default.EvaluationReport),
            cancellationToken);
    }
}
