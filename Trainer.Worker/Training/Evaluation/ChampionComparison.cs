using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Microsoft.ML.OnnxRuntime;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>Evaluates the reigning champion on the candidate's hold-out rows, where that is a fair comparison.</summary>
public static class ChampionComparison
{
    /// <summary>
    /// The champion's answers, or why the two are not comparable. Its probabilities are brought into the candidate's class order,
    /// which may differ from its own.
    /// </summary>
    public static (string? NotComparable, HeldOutAnswers? Answers) Evaluate(
        Manifest champion,
        byte[] model,
        SignatureOutput output,
        string splitId,
        PreparedData data,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(champion);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(data);
        if (FindDifference(champion, output, splitId, data) is { } difference)
        {
            return (difference, null);
        }

        if (data.HoldoutRows.Count == 0)
        {
            return ("no row is held out", null);
        }

        float[] answers;
        try
        {
            using var scorer = PartsScorer.Load(model, champion.Signature);
            answers = TableScoring.Score(scorer, champion.Signature, data.Table, data.HoldoutRows, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or OnnxRuntimeException)
        {
            // A broken champion must not stop the training that could replace it; the operator decides with force.
            return ($"its model cannot be run: {e.Message}", null);
        }

        if (!Array.TrueForAll(answers, float.IsFinite))
        {
            return ("it does not answer each held-out row with finite numbers", null);
        }

        return (null, AnswersOn.Rows(data.Target, data.HoldoutRows, InOurOrder(answers, champion.Signature.Output, data.Target)));
    }

    private static float[] InOurOrder(float[] answers, SignatureOutput champion, Target target)
    {
        if (target is not ClassTarget classes)
        {
            return answers;
        }

        var theirs = champion.Classes!;
        var place = classes.Classes.Select(c => IndexOf(theirs, c)).ToArray();
        var ordered = new float[answers.Length];
        for (var i = 0; i < answers.Length; i++)
        {
            var row = i / place.Length;
            ordered[i] = answers[(row * place.Length) + place[i % place.Length]];
        }

        return ordered;
    }

    private static string? FindDifference(Manifest champion, SignatureOutput output, string splitId, PreparedData data)
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

        // Earlier is as well: all it trained on lies before the rows held out here.
        if (data.Cut is { } cut && TimeSplit.IsLater(champion.Data.Cut, cut))
        {
            return $"it was trained on rows up to {champion.Data.Cut}, and rows from {cut} on are held out here";
        }

        if (theirs.Kind != output.Kind || theirs.Name != output.Name)
        {
            return $"it predicts '{theirs.Name}' ({theirs.Kind}), this version '{output.Name}' ({output.Kind})";
        }

        if (output.Kind == OutputKind.Classes && !theirs.Classes!.ToHashSet(StringComparer.Ordinal).SetEquals(output.Classes!))
        {
            return $"its classes are {NameList.Of(theirs.Classes!)}, this version's {NameList.Of(output.Classes!)}";
        }

        foreach (var input in champion.Signature.Inputs)
        {
            if (data.Table.Find(input.Name) is not { } column)
            {
                return $"its column '{input.Name}' is not in the data any more";
            }

            // A column without any value is read as text and can stand for any.
            if (column.Type != input.Type && column.DistinctCount > 0)
            {
                return $"its column '{input.Name}' was {Kind(input.Type)} and is {Kind(column.Type)} now";
            }
        }

        return null;
    }

    private static string Kind(ColumnType type) => type == ColumnType.Text ? "text" : $"a {type.ToString().ToLowerInvariant()}";

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
