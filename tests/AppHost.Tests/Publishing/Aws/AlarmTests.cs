using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Analytics.AppHost.Publishing.Aws;
using Analytics.AppHost.Publishing.Telemetry;
using Analytics.AppHost.Tests.Publishing.Telemetry;
using Analytics.Testing;
using YamlDotNet.Serialization;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>
/// The alarms against what is sent: one that asks for another name, unit or set of dimensions than the collector, the agent or AWS has never fires
/// (AwsWatchman#270, simpler-grants-gov#1324), and nobody notices.
/// </summary>
public sealed class AlarmTests
{
    private const string Sent = "AWS/";

    private static readonly PublishedTemplate Service = PublishedTemplate.Service;

    public static TheoryData<string> Alarms => [.. Service.IdsOf("AWS::CloudWatch::Alarm")];

    /// <summary>All of them, with what a minute without a value means: a change here is a change of what wakes somebody.</summary>
    [Fact]
    public void Alarms_All_AreThese() => Assert.Equal(
        """
        balancer-errors      AWS/ApplicationELB HTTPCode_ELB_5XX_Count [LoadBalancer] Sum > 10 Count, 1 min, notBreaching, mail + scale out
        database-connections AWS/RDS DatabaseConnections [DBInstanceIdentifier] Maximum > DatabaseConnectionsLimit Count, 5 min, breaching, mail
        database-storage     AWS/RDS FreeStorageSpace [DBInstanceIdentifier] Minimum < DatabaseFreeBytesLimit Bytes, 5 min, breaching, mail
        journal-backlog      Analytics analytics.scorer.journal.backlog.age [Service=scorer] Maximum > 300 Seconds, 5 min, breaching, mail
        journal-dropped      Analytics analytics.scorer.journal.dropped [Service=scorer] Sum > 0 Count, 1 min, notBreaching, mail
        no-healthy-host      AWS/ApplicationELB HealthyHostCount [TargetGroup LoadBalancer] Maximum < 1 Count, 2 min, breaching, mail
        no-trainer           AWS/AutoScaling GroupInServiceInstances [AutoScalingGroupName] Maximum < 1 None, 15 min, breaching, mail
        reload-failed        Analytics analytics.scorer.model.loads [Service=scorer outcome=failed] Sum > 0 Count, 1 min, notBreaching, mail
        run-failed           Analytics analytics.trainer.runs [Service=trainer outcome=failed] Sum > 0 Count, 1 min, notBreaching, mail
        scorer-cpu           AWS/EC2 CPUUtilization [AutoScalingGroupName] Average > 80 Percent, 5 min, notBreaching, mail + scale out
        scorer-disk          Analytics disk_used_percent [AutoScalingGroupName] Maximum > 85 Percent, 5 min, notBreaching, mail
        scorer-errors        Analytics HTTP5xxErrors [Service=scorer] Sum > 10 Count, 1 min, notBreaching, mail + scale out
        scorer-memory        Analytics mem_used_percent [AutoScalingGroupName] Maximum > 85 Percent, 5 min, breaching, mail
        target-errors        AWS/ApplicationELB HTTPCode_Target_5XX_Count [LoadBalancer] Sum > 10 Count, 1 min, notBreaching, mail + scale out
        trainer-disk         Analytics disk_used_percent [AutoScalingGroupName] Maximum > 85 Percent, 5 min, notBreaching, mail
        trainer-errors       Analytics HTTP5xxErrors [Service=trainer] Sum > 10 Count, 1 min, notBreaching, mail
        trainer-memory       Analytics mem_used_percent [AutoScalingGroupName] Maximum > 85 Percent, 5 min, breaching, mail
        trainer-queue        Analytics analytics.trainer.queue.age [Service=trainer] Maximum > 3600 Seconds, 15 min, breaching, mail
        """.ReplaceLineEndings("\n"),
        string.Join('\n', Service.IdsOf("AWS::CloudWatch::Alarm").Select(Line).Order(StringComparer.Ordinal)));

    [Theory]
    [MemberData(nameof(Alarms))]
    public void Alarm_Metric_IsSent(string id)
    {
        var (space, name, unit, dimensions) = Asked(id);
        if (space.StartsWith(Sent, StringComparison.Ordinal))
        {
            Assert.Contains(string.Join('+', dimensions.Select(d => d.Name).Order(StringComparer.Ordinal)), ResourceSpecification.Instance.MetricDimensions($"{space} {name}"));
        }
        else if (dimensions[0].Name == "Service")
        {
            AssertCollected(space, name, unit, dimensions);
        }
        else
        {
            AssertMeasured(id, space, name, unit, dimensions);
        }
    }

    [Theory]
    [MemberData(nameof(Alarms))]
    public void Alarm_Description_SaysWhyMissingDataMeansThatAndWhatToDo(string id)
    {
        var description = Service[id]["AlarmDescription"]!.GetValue<string>();

        Assert.Contains($"Without data: {Service[id]["TreatMissingData"]}, for ", description, StringComparison.Ordinal);
        Assert.EndsWith($"What to do: docs/runbook.md, {Name(id)}.", description, StringComparison.Ordinal);
    }

    /// <summary>Counts of failures are silent while there are none; what comes each minute does not stop by itself.</summary>
    [Theory]
    [MemberData(nameof(Alarms))]
    public void Alarm_MissingData_FollowsFromHowTheMetricComes(string id)
    {
        var (_, name, _, _) = Asked(id);
        var declared = CloudWatchMetrics.OfServices.Concat<CloudWatchMetric>(CloudWatchMetrics.OfHosts).SingleOrDefault(m => m.Name == name);

        if (declared?.Flow == MetricFlow.Sparse)
        {
            Assert.Equal("notBreaching", Service[id]["TreatMissingData"]!.GetValue<string>());
        }

        // For each source that can fall silent there is an alarm that tells: agent, collector and service, balancer, group, database.
        Assert.NotNull(Service[id]["TreatMissingData"]);
    }

    [Fact]
    public void Alarms_OfEachSource_OneTellsOfItsSilence() => Assert.Equal(
        ["AutoScalingGroupName=ScorerGroup", "AutoScalingGroupName=TrainerGroup", "DBInstanceIdentifier", "Service=scorer", "Service=trainer", "TargetGroup"],
        Service.IdsOf("AWS::CloudWatch::Alarm").Where(id => Service[id]["TreatMissingData"]!.GetValue<string>() == "breaching")
            .Select(id => Asked(id).Dimensions[0])
            .Select(d => d.Name + (d.Name is "Service" or "AutoScalingGroupName" ? $"={d.Value}" : ""))
            .Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void RollbackAlarms_AreThoseOfABadVersion() => Assert.Equal(
        ["balancer-errors", "no-healthy-host", "reload-failed", "scorer-errors", "target-errors", "trainer-errors"],
        Service.Section("Outputs")["RollbackAlarms"]!["Value"]!["Fn::Join"]![1]!.AsArray().Select(a => Name(a!["Ref"]!.GetValue<string>())).Order(StringComparer.Ordinal));

    /// <summary>A graph of a metric that nobody sends stays empty for ever.</summary>
    [Fact]
    public void Dashboard_Graphs_AreOfMetricsThatAreSent()
    {
        var text = Service["Dashboard"]["DashboardBody"]!["Fn::Sub"]![0]!.GetValue<string>();
        var lines = JsonNode.Parse(text)!["widgets"]!.AsArray().Where(w => w!["type"]!.GetValue<string>() == "metric").SelectMany(w => w!["properties"]!["metrics"]!.AsArray()).ToList();

        Assert.All(lines, line =>
        {
            var parts = line!.AsArray().SkipLast(1).Select(p => p!.GetValue<string>()).ToList();
            var dimensions = parts.Skip(2).Where((_, index) => index % 2 == 0).ToList();
            var kept = parts[0].StartsWith(Sent, StringComparison.Ordinal)
                ? ResourceSpecification.Instance.MetricDimensions($"{parts[0]} {parts[1]}")
                : CloudWatchMetrics.OfServices.Concat<CloudWatchMetric>(CloudWatchMetrics.OfHosts).Single(m => m.Name == parts[1]).Dimensions.Select(d => string.Join('+', d));
            Assert.Contains(string.Join('+', dimensions), kept);
        });
        Assert.InRange(lines.Count, 20, 100);
    }

    /// <summary>In the configuration of the collector beside the service, and on the page whose metrics the services are held to have.</summary>
    private static void AssertCollected(string space, string name, string unit, IReadOnlyList<(string Name, string Value)> dimensions)
    {
        var role = Fleet.Of(SampleDeployment.Instance).Roles.Single(r => r.Services.Any(s => s.Name == dimensions[0].Value)).Name;
        var configuration = new YamlMap(new DeserializerBuilder().Build().Deserialize<object>(Telemetry($"aws/{role}/collector.yaml")));
        var exporter = configuration.Of("exporters").Of("awsemf");

        Assert.Equal(space, exporter.Text("namespace"));
        var sets = exporter.Maps("metric_declarations")
            .Where(d => d.List("metric_name_selectors").Any(s => Regex.IsMatch(name, s.Replace("$$", "$", StringComparison.Ordinal))))
            .SelectMany(d => d.Lists("dimensions"));
        Assert.Contains(sets, set => set.SequenceEqual(dimensions.Select(d => d.Name)));
        Assert.Equal(unit, exporter.Maps("metric_descriptors").Single(d => d.Text("metric_name") == name).Text("unit"));

        var instrument = configuration.Of("processors").Of("metrics_transform").Maps("transforms").FirstOrDefault(t => t.Text("new_name") == name)?.Text("include") ?? name;
        Assert.True(TelemetryPage.Metrics.TryGetValue(instrument, out var described), $"No service has {instrument}: docs/telemetry.md does not name it.");
        Assert.All(dimensions.Skip(1), d => Assert.Contains(d.Name, described!.Attributes));
    }

    private static void AssertMeasured(string id, string space, string name, string unit, IReadOnlyList<(string Name, string Value)> dimensions)
    {
        var role = Name(id).Split('-')[0];
        var metrics = JsonNode.Parse(Telemetry($"aws/{role}/agent.json"))!["metrics"]!;
        var measured = metrics["metrics_collected"]!.AsObject().SelectMany(plugin => plugin.Value!["measurement"]!.AsArray().Select(m => $"{plugin.Key}_{m}"));

        Assert.Equal(space, metrics["namespace"]!.GetValue<string>());
        Assert.Contains(name, measured);
        Assert.Contains(metrics["aggregation_dimensions"]!.AsArray(), set => set!.AsArray().Select(d => d!.GetValue<string>()).SequenceEqual(dimensions.Select(d => d.Name)));
        // The agent's own units of what ends in percent.
        Assert.Equal(("Percent", true), (unit, name.EndsWith("_percent", StringComparison.Ordinal)));
        Assert.Equal($"{char.ToUpperInvariant(role[0])}{role[1..]}Group", dimensions[0].Value);
    }

    private static string Telemetry(string path) => TelemetryArtifacts.Of(SampleDeployment.Instance).Single(a => a.Path == path).Content;

    private static (string Namespace, string Name, string Unit, IReadOnlyList<(string Name, string Value)> Dimensions) Asked(string id)
    {
        var alarm = Service[id];
        return (
            alarm["Namespace"]!.GetValue<string>(),
            alarm["MetricName"]!.GetValue<string>(),
            alarm["Unit"]!.GetValue<string>(),
            [.. alarm["Dimensions"]!.AsArray().Select(d => (d!["Name"]!.GetValue<string>(), d["Value"] is JsonValue v ? v.GetValue<string>() : d["Value"]!["Ref"]?.GetValue<string>() ?? "…"))]);
    }

    private static string Name(string id) => Service[id]["AlarmName"]!["Fn::Sub"]!.GetValue<string>()["${Prefix}-".Length..];

    private static string Line(string id)
    {
        var alarm = Service[id];
        var (space, name, unit, dimensions) = Asked(id);
        var sign = alarm["ComparisonOperator"]!.GetValue<string>() == "GreaterThanThreshold" ? '>' : '<';
        var threshold = alarm["Threshold"] is JsonObject reference ? reference["Ref"]!.ToString() : alarm["Threshold"]!.ToString();
        var actions = alarm["AlarmActions"]!.AsArray().Select(a => a!["Ref"] is null ? "mail" : "scale out");
        var set = string.Join(' ', dimensions.Select(d => d.Name is "Service" or "outcome" ? $"{d.Name}={d.Value}" : d.Name));
        Assert.Equal(60, alarm["Period"]!.GetValue<int>());
        return $"{Name(id),-20} {space} {name} [{set}] {alarm["Statistic"]} {sign} {threshold} {unit}, {alarm["EvaluationPeriods"]} min, {alarm["TreatMissingData"]}, {string.Join(" + ", actions)}";
    }
}
