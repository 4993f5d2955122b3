using System.Text.Json;
using Analytics.AppHost.Publishing.Telemetry;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing.Telemetry;

/// <summary>The declarations of what CloudWatch gets.</summary>
public sealed class CloudWatchTests
{
    private static readonly string[] Units = ["Seconds", "Bytes", "Percent", "Count", "None"];

    [Fact]
    public void Declarations_AsTheyAre_AreThoseOfThePage() => Assert.Equal(
        CloudWatchMetrics.OfServices.Select(m => Row(m, $"`{m.Name}`")).Concat(CloudWatchMetrics.OfHosts.Select(m => Row(m, $"`{m.Name}`"))),
        TelemetryPage.CloudWatch.Select(row => string.Join(" | ", row)));

    [Fact]
    public void Declarations_Each_CanBeAlarmedOnForTheWholeFleet() => Assert.All(
        CloudWatchMetrics.OfServices.Concat<CloudWatchMetric>(CloudWatchMetrics.OfHosts),
        m =>
        {
            Assert.Contains(m.Unit, Units);
            Assert.DoesNotContain(m.Dimensions[0], d => d.Contains("instance", StringComparison.OrdinalIgnoreCase) || d.Contains("host", StringComparison.OrdinalIgnoreCase));
            Assert.All(m.Dimensions, set => Assert.InRange(set.Count, 1, 10));
            Assert.NotEqual("", m.Description);
        });

    [Fact]
    public void ServerErrors_Dimensions_AreTheServiceAlone()
    {
        Assert.Equal("HTTP5xxErrors", CloudWatchMetrics.ServerErrors.Name);
        Assert.Equal(["Service"], Assert.Single(CloudWatchMetrics.ServerErrors.Dimensions));
    }

    [Theory]
    [InlineData("scorer")]
    [InlineData("trainer")]
    public async Task Agent_OfARole_MeasuresWhatIsDeclaredForTheGroup(string role)
    {
        await using var file = File.OpenRead(Path.Combine(RepositoryFiles.Root, "deploy", "aws", role, "agent.json"));
        using var agent = await JsonDocument.ParseAsync(file, default, TestContext.Current.CancellationToken);
        var metrics = agent.RootElement.GetProperty("metrics");

        var measured = metrics.GetProperty("metrics_collected").EnumerateObject()
            .SelectMany(plugin => plugin.Value.GetProperty("measurement").EnumerateArray().Select(m => $"{plugin.Name}_{m.GetString()}"));
        Assert.Equal(CloudWatchMetrics.OfHosts.Select(m => m.Name), measured);
        Assert.Equal("Analytics", metrics.GetProperty("namespace").GetString());
        Assert.Equal("${aws:AutoScalingGroupName}", metrics.GetProperty("append_dimensions").GetProperty("AutoScalingGroupName").GetString());
        var sets = metrics.GetProperty("aggregation_dimensions").EnumerateArray().Select(set => string.Join(',', set.EnumerateArray().Select(d => d.GetString())));
        Assert.Equal(CloudWatchMetrics.OfHosts.SelectMany(m => m.Dimensions).Select(d => string.Join(',', d)).Distinct(), sets);
        var files = agent.RootElement.GetProperty("logs").GetProperty("logs_collected").GetProperty("files").GetProperty("collect_list").EnumerateArray();
        Assert.All(files, f => Assert.Equal((LogGroups.Hosts, $"{role}/{{instance_id}}"), (f.GetProperty("log_group_name").GetString(), f.GetProperty("log_stream_name").GetString()![..(role.Length + 14)])));
    }

    private static string Row(CloudWatchMetric metric, string name)
    {
        var dimensions = metric.Dimensions.Select(set => string.Join(" + ", set.Select(d => $"`{d}`")));
        return string.Join(" | ", name, metric.Unit, string.Join("; ", dimensions), metric.Statistic, metric.Flow == MetricFlow.Steady ? "each minute" : "when it happens");
    }
}
