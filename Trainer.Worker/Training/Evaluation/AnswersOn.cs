using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>Puts a model's outputs beside the true values of the rows.</summary>
internal static class AnswersOn
{
    /// <summary>Outputs row after row, a probability for each class or a number.</summary>
    public static HeldOutAnswers Rows(Target target, IReadOnlyList<int> rows, float[] outputs) => target switch
    {
        ClassTarget classes => new ClassAnswers(outputs, [.. rows.Select(r => classes.Indexes[r])], classes.Classes.Count),
        NumberTarget number => new NumberAnswers(outputs, [.. rows.Select(r => number.Values[r])]),
        _ => throw new NotSupportedException(target.GetType().Name),
    };

    /// <summary>The baseline's one answer to every row.</summary>
    public static HeldOutAnswers Always(Target target, IReadOnlyList<int> rows, float[] answer)
    {
        var outputs = new float[rows.Count * answer.Length];
        for (var start = 0; start < outputs.Length; start += answer.Length)
        {
            answer.CopyTo(outputs, start);
        }

        return Rows(target, rows, outputs);
    }
}
