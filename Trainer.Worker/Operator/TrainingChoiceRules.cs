using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;
using Analytics.Trainer.Worker.Runs;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Search;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Checks what a request says beyond its data, algorithm and policy.</summary>
internal static class TrainingChoiceRules
{
    private const int LongestReason = 1000;
    private const string SchemaMembers =
        "label, include, exclude, classes, text, number, boolean, date, dateFormat, missing, delimiter, decimal, thousands, target and split";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly string[] Metrics = [.. MetricName.OfClasses, .. MetricName.OfNumbers];

    /// <summary>The first fault as a sentence, or null.</summary>
    public static string? FindFault(TrainingRequest body) =>
        body.Target is { } target && !EnumNames.TryParse<TargetKind>(target, out _) ? $"'target' is classes or number; found '{target}'."
        : body.Metric is { } metric && !Metrics.Contains(metric) ? $"'metric' is one of {string.Join(", ", Metrics)}; found '{metric}'."
        : body.Budget is { } budget and (< 1 or > CandidatePlan.MostBudget) ? $"'budget' is a number of fits from 1 to {CandidatePlan.MostBudget}; found {budget}."
        : body.TimeLimit is { } limit and (< 1 or > 86_400) ? $"'timeLimit' is a number of seconds from 1 to 86400; found {limit}."
        : FindShareFault("tolerance", body.Tolerance) ?? FindShareFault("recallFloor", body.RecallFloor)
        ?? FindSchemaFault(body.Schema, body.Split)
        ?? (body.Reason is { } reason && reason.Trim().Length is 0 or > LongestReason ? $"'reason' has 1 to {LongestReason} characters." : null);

    /// <summary>What is kept of them; null when nothing was said.</summary>
    public static TrainingChoices? Of(TrainingRequest body)
    {
        var choices = new TrainingChoices
        {
            Target = body.Target,
            Metric = body.Metric,
            Budget = body.Budget,
            TimeLimit = body.TimeLimit,
            Tolerance = body.Tolerance,
            RecallFloor = body.RecallFloor,
            Split = body.Split,
            Schema = body.Schema is { } schema ? JsonSerializer.SerializeToElement(schema, Json) : null,
            Reason = body.Reason?.Trim(),
        };
        return choices == new TrainingChoices() ? null : choices;
    }

    private static string? FindSchemaFault(DatasetSchema? schema, SplitChoice? split)
    {
        if (schema?.Unknown is { Count: > 0 } unknown)
        {
            return $"'schema' has no '{unknown.Keys.First()}'; expected {SchemaMembers}.";
        }

        if ((split ?? schema?.Split) is { } choice && SplitRules.FindFault(choice) is { } fault)
        {
            return fault;
        }

        try
        {
            _ = new CellSql(schema ?? new DatasetSchema());
            return null;
        }
        catch (InvalidInputException e)
        {
            return e.Message;
        }
    }

    private static string? FindShareFault(string name, double? value) => value is { } number && !(number is >= 0 and <= 1)
        ? FormattableString.Invariant($"'{name}' is a number from 0 to 1; found {number}.")
        : null;
}
