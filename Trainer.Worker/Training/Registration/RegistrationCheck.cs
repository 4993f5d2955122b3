using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Evaluation;
using Microsoft.ML.OnnxRuntime;

namespace Analytics.Trainer.Worker.Training.Registration;

/// <summary>
/// Checks a graph that was trained elsewhere as an attempt does its own, in the attempt's process: a hostile graph takes nothing
/// else along. Files in, files out.
/// </summary>
internal static class RegistrationCheck
{
    /// <summary>The algorithm that a version from elsewhere has.</summary>
    public const string Algorithm = "registered";

    private const string GoldenFile = "golden.json";
    private const string ReportFile = "report.json";

    /// <summary>The model with its figures. Throws <see cref="InvalidInputException"/> where the sender can help.</summary>
    public static async Task<TrainedModel> RunAsync(
        TrainingJob job, string folder, ProgressLines progress, CancellationToken cancellationToken)
    {
        var registered = job.Registered!;
        var signature = registered.Signature;
        progress.Report("check", 0);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, registered.ModelFile), cancellationToken);
        GraphInspection.Inspect(bytes);
        try
        {
            using var scorer = PartsScorer.Load(bytes, signature);
            var warnings = new List<string>();
            var golden = await GoldenAsync(registered, folder, scorer, warnings, cancellationToken);
            progress.Report("evaluate", 0.5);
            var data = registered.HasData ? await ReadAsync(job, folder, warnings, cancellationToken) : null;
            var evaluation = data is null
                ? null
                : await AttemptEvaluation.RunAsync(job, folder, data, signature, scorer, MetricOf(job, data.Target), cancellationToken);
            await File.WriteAllBytesAsync(
                Path.Combine(folder, GoldenFile), JsonSerializer.SerializeToUtf8Bytes(golden, RegistryJson.Default.GoldenRows), cancellationToken);
            var files = new Dictionary<string, string> { [FileRole.Model] = registered.ModelFile, [FileRole.Golden] = GoldenFile };
            var model = new TrainedModel
            {
                Algorithm = Algorithm,
                Parameters = new Dictionary<string, JsonElement>(),
                Signature = signature,
                Metrics = evaluation?.Figures?.Metrics ?? new Dictionary<string, double>(),
                Data = new DataFingerprint(
                    job.Dataset, data?.Sha256 ?? "", data?.Table.RowCount ?? 0, 0, data?.HoldoutRows.Count ?? 0, data is null ? "" : HoldoutSplit.IdOf(data.Split))
                {
                    Cut = data?.Cut,
                },
                Split = data?.Split ?? new SplitDefinition(job.Dataset, []),
                Files = files,
                Champion = evaluation?.Champion,
                SignatureChange = job.Champion is { } champion ? SignatureChange.Find(champion.Manifest.Signature, signature) : null,
                Evidence = evaluation?.Evidence,
                Warnings = warnings,
            };
            if (data is not null && evaluation is not null)
            {
                files.Add(FileRole.Report, ReportFile);
                await File.WriteAllBytesAsync(
                    Path.Combine(folder, ReportFile),
                    JsonSerializer.SerializeToUtf8Bytes(
                        evaluation.Report(model, data, [.. signature.Inputs.Select(i => i.Name)], null, null), ReportJson.Default.EvaluationReport),
                    cancellationToken);
            }

            progress.Report("evaluate", 1);
            return model;
        }
        catch (Exception e) when (e is InvalidDataException or OnnxRuntimeException)
        {
            throw new InvalidInputException($"The model does not run as its signature says: {e.Message}");
        }
    }

    private static string MetricOf(TrainingJob job, Target target) =>
        job.Choices.Metric ?? (target is ClassTarget ? MetricName.LogLoss : MetricName.Rmse);

    private static async Task<PreparedData> ReadAsync(
        TrainingJob job, string folder, List<string> warnings, CancellationToken cancellationToken)
    {
        var (sha256, choice, reading) = await DataPreparation.ReadAsync(
            Path.Combine(folder, job.DataFile), job.Schema, job.Split, job.Registered!.Signature, cancellationToken, Path.Combine(folder, "scratch"));
        var gone = job.Registered.Signature.Inputs.Where(i => reading.Table.Find(i.Name) is null).Select(i => i.Name).ToList();
        var data = gone.Count == 0
            ? DataPreparation.Prepare(job.Dataset, sha256, choice, reading, job.Schema, job.Split, warnings)
            : throw new InvalidInputException($"The data set '{job.Dataset}' has no {NameList.Of(gone)}, which the signature names.");
        warnings.Add("It was trained elsewhere: whether it has seen the held-out rows is not known here.");
        return data.HoldoutRows.Count > 0
            ? data
            : throw new InvalidInputException($"The data set '{job.Dataset}' has no held-out rows to evaluate on.");
    }

    // The sender's rows must come out as the sender says; without any, rows made up here at least must give sound answers.
    private static async Task<GoldenRows> GoldenAsync(
        RegisteredModel registered, string folder, IScorer scorer, List<string> warnings, CancellationToken cancellationToken)
    {
        var signature = registered.Signature;
        if (registered.GoldenFile is null)
        {
            warnings.Add("No golden rows came with the model: that it runs was checked, not that it answers as where it was trained.");
            var made = MadeRows(signature);
            var outputs = new float[made.Count * scorer.OutputWidth];
            scorer.Score(made, outputs);
            RequireSound(signature, outputs, scorer.OutputWidth);
            return GoldenRows.From(made, outputs);
        }

        GoldenRows golden;
        try
        {
            golden = JsonSerializer.Deserialize(
                await File.ReadAllBytesAsync(Path.Combine(folder, registered.GoldenFile), cancellationToken), RegistryJson.Default.GoldenRows)
                ?? throw new InvalidInputException("The golden rows are null; expected {\"rows\": [[…]], \"outputs\": [[…]]}.");
        }
        catch (JsonException e)
        {
            throw new InvalidInputException($"The golden rows are not as expected, {{\"rows\": [[…]], \"outputs\": [[…]]}}: {e.Message}");
        }

        if (golden.Rows.Count == 0)
        {
            throw new InvalidInputException("There are no golden rows in 'golden'; send at least one, or leave the part out.");
        }

        if (golden.Verify(signature, scorer) is { } difference)
        {
            throw new InvalidInputException($"The model does not give its golden rows' outputs. {difference}");
        }

        RequireSound(signature, [.. golden.Outputs.SelectMany(o => o)], scorer.OutputWidth);
        return golden;
    }

    // Zeros, ones and each text column's first categories; several rows, since a graph may know only one at a time.
    private static RowBatch MadeRows(Signature signature)
    {
        var batch = new RowBatch(signature, 4);
        for (var row = 0; row < 4; row++)
        {
            batch.AddRow();
            for (var c = 0; c < signature.Inputs.Count; c++)
            {
                if (signature.Inputs[c].Type.IsNumeric())
                {
                    batch.SetNumber(row, c, signature.Inputs[c].Type == ColumnType.Boolean ? row % 2 : row);
                }
                else if (signature.Inputs[c].Type.IsDate())
                {
                    batch.SetText(row, c, DateText.Format(new DateTime(2024, 1 + row, 28)));
                }
                else if (signature.Inputs[c].Categories is { Count: > 0 } categories)
                {
                    batch.SetText(row, c, categories[row % categories.Count]);
                }
            }
        }

        return batch;
    }

    private static void RequireSound(Signature signature, float[] outputs, int width)
    {
        for (var start = 0; start < outputs.Length; start += width)
        {
            var row = outputs.AsSpan(start, width);
            var sum = 0f;
            foreach (var value in row)
            {
                if (!float.IsFinite(value) || (signature.Output.Kind == OutputKind.Classes && value is < -1e-4f or > 1.0001f))
                {
                    throw new InvalidInputException(FormattableString.Invariant(
                        $"The model's answer to row {start / width} has {value}; expected {(signature.Output.Kind == OutputKind.Classes ? "probabilities" : "a finite number")}."));
                }

                sum += value;
            }

            if (signature.Output.Kind == OutputKind.Classes && MathF.Abs(sum - 1) > 1e-3f)
            {
                throw new InvalidInputException(FormattableString.Invariant(
                    $"The probabilities that the model gives for row {start / width} have the sum {sum}; expected 1."));
            }
        }
    }
}
