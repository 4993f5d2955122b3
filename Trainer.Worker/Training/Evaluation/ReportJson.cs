using System.Text.Json.Serialization;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>The JSON form of a version's profile and report: camel case, indented for people.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatasetProfile))]
[JsonSerializable(typeof(EvaluationReport))]
public sealed partial class ReportJson : JsonSerializerContext;
