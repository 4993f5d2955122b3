namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>The figures by name, as manifests, runs and reports have them. Definitions: docs/evaluation.md.</summary>
public static class MetricName
{
    /// <summary>The share of rows whose most probable class is the true one.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>The mean F1 of the classes that occur, true or predicted.</summary>
    public const string MacroF1 = "macroF1";

    /// <summary>The mean of −ln p(true class), in nats.</summary>
    public const string LogLoss = "logLoss";

    /// <summary>The area under the ROC curve; with more than two classes the mean over each class against the others.</summary>
    public const string RocAuc = "rocAuc";

    /// <summary>Brier's score: for two classes of the second one's probability, for more the sum over the classes.</summary>
    public const string Brier = "brier";

    /// <summary>The expected calibration error of the most probable class.</summary>
    public const string CalibrationError = "calibrationError";

    /// <summary>The root of the mean squared error, in the target's unit.</summary>
    public const string Rmse = "rmse";

    /// <summary>The mean absolute error, in the target's unit.</summary>
    public const string Mae = "mae";

    /// <summary>1 − squared error ÷ squared deviation from the mean.</summary>
    public const string R2 = "r2";

    /// <summary>The median of the absolute error; the other quantiles are named alike.</summary>
    public const string AbsoluteError50 = "absoluteError50";

    /// <summary>The metrics that a run may choose candidates by and be gated by, of classes.</summary>
    public static readonly IReadOnlyList<string> OfClasses = [LogLoss, Accuracy, MacroF1, RocAuc, Brier];

    /// <summary>The same for a number.</summary>
    public static readonly IReadOnlyList<string> OfNumbers = [Rmse, Mae, R2];

    /// <summary>True when more is better.</summary>
    public static bool HigherIsBetter(string metric) => metric is Accuracy or MacroF1 or RocAuc or R2;

    /// <summary>By how much <paramref name="value"/> is worse than <paramref name="other"/>; negative when it is better.</summary>
    public static double Worsening(string metric, double value, double other) =>
        HigherIsBetter(metric) ? other - value : value - other;
}
