using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>An alarm before it is written.</summary>
/// <param name="Name">After the prefix, and in docs/runbook.md: <c>scorer-errors</c>.</param>
/// <param name="Says">What has happened, for the mail.</param>
/// <param name="Metric">What it watches.</param>
/// <param name="Comparison"><c>&gt;</c> or <c>&lt;</c>.</param>
/// <param name="Threshold">The number that is passed.</param>
/// <param name="Minutes">How many minutes in a row.</param>
/// <param name="Missing">One of <see cref="MissingData"/>.</param>
/// <param name="Why">Why a minute without a value means that.</param>
internal sealed record FleetAlarm(string Name, string Says, AlarmMetric Metric, char Comparison, Value Threshold, int Minutes, string Missing, string Why)
{
    /// <summary>Whether the group of scorers grows by one.</summary>
    public bool ScalesOut { get; init; }

    /// <summary>Whether it tells of a bad version: an instance refresh that meets it goes back.</summary>
    public bool RollsBack { get; init; }

    /// <summary>The resource's name: <c>ScorerErrorsAlarm</c>.</summary>
    public string LogicalId => $"{Names.Pascal(Name)}Alarm";

    /// <summary>The resource's properties.</summary>
    /// <param name="scaleOut">The policy that adds a scorer.</param>
    public Alarm Properties(StackResource scaleOut) => new()
    {
        AlarmName = new Sub($"${{Prefix}}-{Name}"),
        AlarmDescription = $"{Says} Without data: {Missing}, for {Why} What to do: docs/runbook.md, {Name}.",
        Namespace = Metric.Namespace,
        MetricName = Metric.Name,
        Dimensions = [.. Metric.Dimensions.Select(d => new Alarm.Dimension(d.Name, d.Value))],
        Statistic = Metric.Statistic,
        Unit = Metric.Unit,
        Period = 60,
        EvaluationPeriods = Minutes,
        Threshold = Threshold,
        ComparisonOperator = Comparison == '>' ? "GreaterThanThreshold" : "LessThanThreshold",
        TreatMissingData = Missing,
        AlarmActions = [Imports.Of("TopicArn"), .. ScalesOut ? [scaleOut.Ref] : Array.Empty<Value>()],
        OKActions = [Imports.Of("TopicArn")],
    };
}
