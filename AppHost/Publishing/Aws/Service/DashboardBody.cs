using System.Text.Encodings.Web;
using System.Text.Json;
using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Telemetry;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>The dashboard: who asks and how they fare, the models, the journal, the runs, the machines, the database; the alarms above all.</summary>
internal static class DashboardBody
{
    private const int Width = 8, Height = 6;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body: JSON with the names of what the template makes.</summary>
    public static Sub Of(IReadOnlyList<FleetAlarm> alarms, Fleet fleet)
    {
        var widgets = new List<object> { Alarms(alarms) };
        var graphs = Graphs(fleet).ToList();
        for (var i = 0; i < graphs.Count; i++)
        {
            var (title, metrics) = graphs[i];
            widgets.Add(new
            {
                type = "metric",
                x = i % 3 * Width,
                y = 3 + (i / 3 * Height),
                width = Width,
                height = Height,
                properties = new { title, region = "${AWS::Region}", view = "timeSeries", period = 60, metrics = metrics.Select(Line) },
            });
        }

        // A widget a line: a change shows in a comparison.
        var body = "{\"widgets\":[\n" + string.Join(",\n", widgets.Select(w => JsonSerializer.Serialize(w, Json))) + "\n]}\n";
        return new Sub(body, new()
        {
            ["Database"] = Imports.Of("DatabaseId"),
        });
    }

    private static object Alarms(IReadOnlyList<FleetAlarm> alarms) => new
    {
        type = "alarm",
        x = 0,
        y = 0,
        width = 3 * Width,
        height = 3,
        properties = new { title = "Alarms", alarms = alarms.Select(a => $"${{{a.LogicalId}.Arn}}") },
    };

    private static IEnumerable<(string Title, IReadOnlyList<Graph> Metrics)> Graphs(Fleet fleet)
    {
        const string Scorer = "scorer", Trainer = "trainer";
        string[] balancer = ["AWS/ApplicationELB", "LoadBalancer", "${Balancer.LoadBalancerFullName}"];
        yield return ("Requests a minute", [new(balancer, "RequestCount", "Sum")]);
        yield return ("Time to answer", [new(balancer, "TargetResponseTime", "p50"), new(balancer, "TargetResponseTime", "p99"), Own(CloudWatchMetrics.RequestDuration, Scorer)]);
        yield return ("Answers with 5xx", [new(balancer, "HTTPCode_ELB_5XX_Count", "Sum"), new(balancer, "HTTPCode_Target_5XX_Count", "Sum"), Own(CloudWatchMetrics.ServerErrors, Scorer), Own(CloudWatchMetrics.ServerErrors, Trainer)]);
        yield return ("Rows scored a minute", [Own(CloudWatchMetrics.Predictions, Scorer), Own(CloudWatchMetrics.RequestsRefused, Scorer)]);
        yield return ("Time to score", [Own(CloudWatchMetrics.ScoreDuration, Scorer)]);
        yield return ("Versions loaded, or not", [Own(CloudWatchMetrics.ModelLoads, Scorer, "loaded"), Own(CloudWatchMetrics.ModelLoads, Scorer, "failed")]);
        yield return ("Age of the served models", [Own(CloudWatchMetrics.ModelAge, Scorer)]);
        yield return ("Journal: oldest record that waits", [Own(CloudWatchMetrics.BacklogAge, Scorer)]);
        yield return ("Journal: records", [Own(CloudWatchMetrics.BacklogRecords, Scorer), Own(CloudWatchMetrics.JournalDropped, Scorer)]);
        yield return ("Runs ended", [Own(CloudWatchMetrics.Runs, Trainer, "succeeded"), Own(CloudWatchMetrics.Runs, Trainer, "failed"), Own(CloudWatchMetrics.Runs, Trainer, "cancelled")]);
        yield return ("Runs: queue and duration", [Own(CloudWatchMetrics.QueueLength, Trainer), Own(CloudWatchMetrics.RunDuration, Trainer)]);
        yield return ("Machines in service", [.. fleet.Roles.Select(role => new Graph(["AWS/AutoScaling", "AutoScalingGroupName", Group(role)], "GroupInServiceInstances", "Maximum"))]);
        yield return ("Processors", [.. fleet.Roles.Select(role => new Graph(["AWS/EC2", "AutoScalingGroupName", Group(role)], "CPUUtilization", "Average"))]);
        yield return ("Memory, the fullest machine", [.. fleet.Roles.Select(role => Host(CloudWatchMetrics.Memory, role))]);
        yield return ("Disk, the fullest machine", [.. fleet.Roles.Select(role => Host(CloudWatchMetrics.Disk, role))]);
        string[] database = ["AWS/RDS", "DBInstanceIdentifier", "${Database}"];
        yield return ("Database: processors", [new(database, "CPUUtilization", "Average")]);
        yield return ("Database: connections", [new(database, "DatabaseConnections", "Maximum")]);
        yield return ("Database: free disk", [new(database, "FreeStorageSpace", "Minimum")]);
    }

    private static string Group(InstanceRole role) => $"${{{role.LogicalName}Group}}";

    private static Graph Own(ServiceMetric metric, string service) => new([CloudWatchMetrics.Namespace, CloudWatchMetrics.ServiceDimension, service], metric.Name, metric.Statistic);

    private static Graph Own(ServiceMetric metric, string service, string outcome) =>
        new([CloudWatchMetrics.Namespace, CloudWatchMetrics.ServiceDimension, service, "outcome", outcome], metric.Name, metric.Statistic);

    private static Graph Host(HostMetric metric, InstanceRole role) => new([CloudWatchMetrics.Namespace, CloudWatchMetrics.GroupDimension, Group(role)], metric.Name, metric.Statistic);

    // CloudWatch's form: namespace, name, then the dimensions; options last.
    private static object[] Line(Graph graph) => [graph.Place[0], graph.Name, .. graph.Place[1..], new { stat = graph.Statistic }];

    private sealed record Graph(string[] Place, string Name, string Statistic);
}
