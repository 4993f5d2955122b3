using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

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

    [Description("The algorithm; random-forest when absent.")]
    public string? Algorithm { get; init; }

    [Description("The algorithm's parameters by name; its defaults where absent.")]
    public Dictionary<string, JsonElement>? Parameters { get; init; }

    [Description("auto: champion when the gate says so; never; force: whatever the gate says. auto when absent.")]
    public string? Promote { get; init; }

    /// <summary>Members that are none of ours: a misspelt one must not be passed over.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
