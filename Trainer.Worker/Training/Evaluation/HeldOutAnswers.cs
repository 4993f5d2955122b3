namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>
/// A model's answers on labelled rows. Every figure is a function of how often each row counts: once for the figure itself, as
/// often as it was drawn for a bootstrap sample. Immutable; any number of threads.
/// </summary>
public abstract class HeldOutAnswers
{
    /// <summary>The number of rows.</summary>
    public abstract int Rows { get; }

    /// <summary>The names of the figures that describe the whole model, in the order of <see cref="Measure(int[])"/>.</summary>
    public abstract IReadOnlyList<string> Metrics { get; }

    /// <summary>The metric that decides where nobody chose another.</summary>
    public abstract string DefaultMetric { get; }

    /// <summary>
    /// The figures: first <see cref="Metrics"/>, then those of each class. <paramref name="draws"/> says how often each row
    /// counts; null: once. NaN for a figure that these rows do not define.
    /// </summary>
    public abstract double[] Measure(int[]? draws = null);

    /// <summary>One of <see cref="Metrics"/>.</summary>
    public virtual double Measure(string metric, int[]? draws = null) => Measure(draws)[IndexOf(metric)];

    /// <summary>The place of a metric in <see cref="Measure(int[])"/>.</summary>
    protected int IndexOf(string metric)
    {
        for (var i = 0; i < Metrics.Count; i++)
        {
            if (Metrics[i] == metric)
            {
                return i;
            }
        }

        throw new ArgumentException($"There is no metric '{metric}'; there are {string.Join(", ", Metrics)}.", nameof(metric));
    }
}
