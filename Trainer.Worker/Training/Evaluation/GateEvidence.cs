namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>The numbers that the gate decides on, all from the same held-out rows.</summary>
/// <param name="Metric">The metric compared.</param>
/// <param name="Rows">The held-out rows.</param>
/// <param name="Candidate">The candidate's value.</param>
/// <param name="Baseline">The value of the majority class, or the mean.</param>
/// <param name="Tolerance">How much worse, relative to the champion, is not worse.</param>
/// <param name="RecallFloor">The least recall of a class; null: none said.</param>
/// <param name="Against">The comparison with the champion; null when there is none or it is not comparable.</param>
/// <param name="Recalls">The recall of each class with enough held-out rows.</param>
public sealed record GateEvidence(
    string Metric,
    int Rows,
    double Candidate,
    double Baseline,
    double Tolerance,
    double? RecallFloor,
    PairedComparison? Against,
    IReadOnlyList<ClassRecall> Recalls)
{
    /// <summary>Where a run says nothing: 1 %.</summary>
    public const double DefaultTolerance = 0.01;

    /// <summary>Classes with fewer held-out rows have no recall worth a verdict.</summary>
    public const int EnoughRows = 25;

    /// <summary>Gathers the evidence; <paramref name="champion"/> is null when there is none or it is not comparable.</summary>
    public static GateEvidence Of(
        HeldOutAnswers candidate,
        HeldOutAnswers baseline,
        HeldOutAnswers? champion,
        IReadOnlyList<string>? classes,
        string metric,
        double tolerance,
        double? recallFloor,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(baseline);
        var floor = baseline.Measure(metric);
        return new GateEvidence(
            metric,
            candidate.Rows,
            candidate.Measure(metric),
            floor,
            tolerance,
            recallFloor,
            champion is null ? null : PairedComparison.Of(candidate, champion, metric, tolerance, floor, cancellationToken),
            classes is null ? [] : Recall((ClassAnswers)candidate, (ClassAnswers?)champion, classes));
    }

    private static List<ClassRecall> Recall(ClassAnswers candidate, ClassAnswers? champion, IReadOnlyList<string> classes)
    {
        var (ours, theirs) = (candidate.Confusion().PerClass(), champion?.Confusion().PerClass());
        return [.. classes
            .Select((name, k) => new ClassRecall(name, ours[k].Support, ours[k].Recall, theirs?[k].Recall))
            .Where(c => c.Rows >= EnoughRows)];
    }
}

/// <summary>A class's recall on the hold-out.</summary>
/// <param name="Class">The class.</param>
/// <param name="Rows">Its held-out rows.</param>
/// <param name="Candidate">The candidate's recall.</param>
/// <param name="Champion">The champion's; null when there is none to compare with.</param>
public sealed record ClassRecall(string Class, long Rows, double Candidate, double? Champion);
