using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>The body of <c>POST /models/{model}/runs</c>.</summary>
internal sealed record TrainingRequest
{
    [Description("The data set to train on.")]
    public string? Dataset { get; init; }

    [Description("The label column; the data set's own when absent.")]
    public string? Label { get; init; }

    [Description("The only columns to use; the data set's own choice when absent.")]
    public IReadOnlyList<string>? Include { get; init; }

    [Description("Columns to leave out; the data set's own choice when absent.")]
    public IReadOnlyList<string>? Exclude { get; init; }

    [Description("The algorithm; random-forest when absent; auto: the best of all by cross-validation.")]
    public string? Algorithm { get; init; }

    [Description("The algorithm's parameters by name; its defaults where absent.")]
    public Dictionary<string, JsonElement>? Parameters { get; init; }

    [Description("auto: champion when not worse; better: only when better; never; force: whatever the gate says. auto when absent.")]
    public string? Promote { get; init; }

    [Description("classes or number: what the label is; inferred when absent.")]
    public string? Target { get; init; }

    [Description("The metric that decides: logLoss, accuracy, macroF1, rocAuc or brier; rmse, mae or r2 for a number. logLoss or rmse when absent.")]
    public string? Metric { get; init; }

    [Description("The fits that a search for parameters may make, 1 to 10,000; 40 when absent with auto, no search otherwise.")]
    public int? Budget { get; init; }

    [Description("Seconds after which a search ends early, 1 to 86,400; 1,800 when absent.")]
    public int? TimeLimit { get; init; }

    [Description("How much worse than the champion counts as not worse, relative to it, 0 to 1; 0.01 when absent.")]
    public double? Tolerance { get; init; }

    [Description("The least recall of each class with at least 25 held-out rows, 0 to 1; none when absent.")]
    public double? RecallFloor { get; init; }

    [Description("How rows are held out; as the data set says when absent, or as at its first training.")]
    public SplitChoice? Split { get; init; }

    [Description("What is said of the data, over what the data set says (its 'schema'): label, include, exclude, classes, text, number, boolean, date, dateFormat, missing, delimiter, decimal, thousands, target, split.")]
    public DatasetSchema? Schema { get; init; }

    [Description("Why; kept with the promotion, up to 1,000 characters.")]
    public string? Reason { get; init; }

    /// <summary>Members that are none of ours: a misspelt one must not be passed over.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
