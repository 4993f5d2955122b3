using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Microsoft.ML.OnnxRuntime;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>Evaluates the reigning champion on the candidate's hold-out rows, where that is a fair comparison.</summary>
public static class ChampionComparison
{
    /// <summary>
    /// The champion's figures, or why the two are not comparable. Its probabilities are brought into the candidate's class order,
    /// which may differ from its own.
    /// </summary>
    public static ChampionEvaluation Evaluate(
        Manifest champion,
        byte[] model,
        SignatureOutput output,
        string splitId,
        PreparedData data,
        ClassTarget target,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(champion);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(data);
        if (FindDifference(champion, output, splitId, data.Table) is { } difference)
        {
            return new ChampionEvaluation(champion.Version, difference, new Dictionary<string, double>());
        }

        if (data.HoldoutRows.Count == 0)
        {
            return new ChampionEvaluation(champion.Version, "no row is held out", new Dictionary<string, double>());
        }

        float[] answers;
        try
        {
            using var scorer = OnnxScorer.Load(model, champion.Signature);
            answers = TableScoring.Score(scorer, champion.Signature, data.Table, data.HoldoutRows, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or OnnxRuntimeException)
        {
            // A broken champion must not stop the training that could replace it; the operator decides with force.
            return new ChampionEvaluation(champion.Version, $"its model cannot be run: {e.Message}", new Dictionary<string, double>());
        }

        var theirs = champion.Signature.Output.Classes!;
        var place = target.Classes.Select(c => IndexOf(theirs, c)).ToArray();
        var ordered = new float[answers.Length];
        for (var i = 0; i < answers.Length; i++)
        {
            var row = i / place.Length;
            ordered[i] = answers[(row * place.Length) + place[i % place.Length]];
        }

        var metrics = ClassificationMetrics.Compute(ordered, [.. data.HoldoutRows.Select(r => target.Indexes[r])], place.Length);
        return new ChampionEvaluation(champion.Version, null, metrics.ToManifest());
    }

    private static string? FindDifference(Manifest champion, SignatureOutput output, string splitId, DatasetTable table)
    {
        var theirs = champion.Signature.Output;
        if (champion.Data is null)
        {
            return "it does not say on which split it was trained";
        }

        if (champion.Data.Split != splitId)
        {
            return $"it was trained on another split (data set '{champion.Data.Dataset}', split {champion.Data.Split}, here {splitId})";
        }

        if (theirs.Kind != output.Kind || theirs.Name != output.Name)
        {
            return $"it predicts '{theirs.Name}' ({theirs.Kind}), this version '{output.Name}' ({output.Kind})";
        }

        if (!theirs.Classes!.ToHashSet(StringComparer.Ordinal).SetEquals(output.Classes!))
        {
            return $"its classes are {NameList.Of(theirs.Classes!)}, this version's {NameList.Of(output.Classes!)}";
        }

        foreach (var input in champion.Signature.Inputs)
        {
            if (table.Find(input.Name) is not { } column)
            {
                return $"its column '{input.Name}' is not in the data any more";
            }

            // A column without any value is read as text and can stand for either.
            if ((column is NumberColumn) != (input.Type == ColumnType.Number) && column.DistinctCount > 0)
            {
                return $"its column '{input.Name}' was {Kind(input.Type == ColumnType.Number)} and is {Kind(column is NumberColumn)} now";
            }
        }

        return null;
    }

    private static string Kind(bool number) => number ? "a number" : "text";

    private static int IndexOf(IReadOnlyList<string> classes, string name)
    {
        for (var i = 0; i < classes.Count; i++)
        {
            if (classes[i] == name)
            {
                return i;
            }
        }

        throw new KeyNotFoundException(name);
    }
}
