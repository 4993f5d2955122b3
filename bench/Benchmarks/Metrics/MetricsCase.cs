using System.Runtime.InteropServices;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Benchmarks.Metrics;

/// <summary>Answers and labels that both sides measure.</summary>
/// <param name="Name">As the table names it.</param>
/// <param name="Answers">Probabilities row after row, or numbers.</param>
/// <param name="Labels">Classes; null for numbers.</param>
/// <param name="Numbers">Numbers; null for classes.</param>
/// <param name="Classes">The number of classes; 0 for numbers.</param>
internal sealed record MetricsCase(string Name, float[] Answers, int[]? Labels, float[]? Numbers, int Classes)
{
    public static MetricsCase OfClasses(string name, float[] probabilities, int[] labels, int classes) =>
        new(name, probabilities, labels, null, classes);

    public static MetricsCase OfNumbers(string name, float[] answers, float[] numbers) => new(name, answers, null, numbers, 0);

    /// <summary>Ours, by the names that the peer gives.</summary>
    public Dictionary<string, double[]> Measure()
    {
        HeldOutAnswers answers = Labels is { } labels ? new ClassAnswers(Answers, labels, Classes) : new NumberAnswers(Answers, Numbers!);
        var figures = answers.Measure();
        var found = answers.Metrics.Select((name, i) => (name, value: figures[i])).ToDictionary(f => f.name, f => new[] { f.value });
        if (answers is ClassAnswers classes)
        {
            found["perClass"] = figures[answers.Metrics.Count..];
            found["confusion"] = [.. classes.Confusion().Counts.SelectMany(r => r).Select(n => (double)n)];
        }

        return found;
    }

    public void Write(string answers, string labels)
    {
        File.WriteAllBytes(answers, MemoryMarshal.AsBytes<float>(Answers));
        File.WriteAllBytes(labels, Labels is not null ? MemoryMarshal.AsBytes<int>(Labels) : MemoryMarshal.AsBytes<float>(Numbers));
    }
}
