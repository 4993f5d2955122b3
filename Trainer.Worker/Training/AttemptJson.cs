using System.Text.Json.Serialization;

namespace Analytics.Trainer.Worker.Training;

/// <summary>
/// The JSON between an attempt and its parent: camel case, names read without case. A document is one line, so that a progress
/// report is a line.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrainingJob))]
[JsonSerializable(typeof(TrainingOutcome))]
[JsonSerializable(typeof(AttemptProgress))]
public sealed partial class AttemptJson : JsonSerializerContext;
