using System.Text.RegularExpressions;
using Analytics.AppHost.Publishing.Telemetry;
using Analytics.Testing;
using YamlDotNet.Serialization;

namespace Analytics.AppHost.Tests.Publishing.Telemetry;

/// <summary>
/// The collector itself cannot be had here, so its configuration is held against what it is known to contain: a name that it does not know ends it at
/// its start.
/// </summary>
public sealed partial class CollectorTests
{
    /// <summary>
    /// The components of AWS Distro for OpenTelemetry v0.49.0, from its <c>pkg/defaultcomponents/defaults.go</c>, by the type names of
    /// opentelemetry-collector-contrib v0.156.0. Those that need settings of other places (Kafka, Prometheus, Datadog and the like) are left out.
    /// </summary>
    private static readonly Dictionary<string, string[]> Contained = new()
    {
        ["receivers"] = ["awscontainerinsightreceiver", "awsecscontainermetrics", "awsxray", "file_log", "otlp", "statsd"],
        ["processors"] =
        [
            "attributes", "batch", "cumulativetodelta", "deltatorate", "filter", "groupbytrace", "k8s_attributes", "memory_limiter",
            "metrics_transform", "metricsgeneration", "probabilistic_sampler", "resource", "resource_detection", "span", "tail_sampling",
        ],
        ["exporters"] = ["awscloudwatchlogs", "awsemf", "awsxray", "debug", "file", "otlp_grpc", "otlp_http"],
        ["extensions"] = ["awsproxy", "ecs_observer", "file_storage", "health_check", "pprof", "sigv4auth", "zpages"],
    };

    public static TheoryData<string> Files => [.. Directory.GetFiles(Deploy, "collector*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Deploy, f))];

    private static string Deploy => Path.Combine(RepositoryFiles.Root, "deploy");

    [Fact]
    public void Files_OfTheHostAndOfEachRole_AreThere() => Assert.Equal(
        ["aws/scorer/collector.yaml", "aws/trainer/collector.yaml", "docker/collector-cloudwatch.yaml", "docker/collector.yaml"],
        Files.Select(f => f.Data).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void Components_Each_IsContainedDefinedAndUsed(string file)
    {
        var configuration = Read(file);
        var service = configuration.Of("service");
        var pipelines = service.Of("pipelines");
        Assert.Equal(["logs", "metrics", "traces"], pipelines.Keys.Order());
        foreach (var (kind, contained) in Contained)
        {
            var defined = configuration.Of(kind).Keys.ToHashSet();
            Assert.Subset(contained.ToHashSet(), defined.Select(name => name.Split('/')[0]).ToHashSet());
            var used = kind == "extensions" ? service.List(kind) : pipelines.Keys.SelectMany(p => pipelines.Of(p).List(kind));
            Assert.Equal(defined, used.ToHashSet());
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Pipelines_Each_IsBoundedFirstAndBatchedLast(string file)
    {
        var pipelines = Read(file).Of("service").Of("pipelines");
        Assert.All(pipelines.Keys, name =>
        {
            var processors = pipelines.Of(name).List("processors").ToList();
            Assert.Equal(("memory_limiter", "batch"), (processors[0], processors[^1]));
        });
    }

    // A dollar sign begins a variable; one of a regular expression is written twice.
    [Theory]
    [MemberData(nameof(Files))]
    public async Task Variables_OfTheConfiguration_AreThoseThatTheMachineGives(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Deploy, file), TestContext.Current.CancellationToken);
        var unescaped = text.Replace("$$", "", StringComparison.Ordinal);
        var variables = Variable().Matches(unescaped);

        Assert.Equal(unescaped.Count(c => c == '$'), variables.Count);
        Assert.Subset(Collector.Variables.ToHashSet(), variables.Select(v => v.Groups[1].Value).ToHashSet());
    }

    [Fact]
    public void LocalHost_NeedsNothingOfAmazon() =>
        Assert.Equal(["debug"], Read("docker/collector.yaml").Of("exporters").Keys);

    [Fact]
    public void Logs_OfCollectorAndAgent_GoToTheGroupsThatAreMade()
    {
        var exporters = Read("aws/scorer/collector.yaml").Of("exporters");

        Assert.Equal(LogGroups.Metrics, exporters.Of("awsemf").Text("log_group_name"));
        Assert.Equal(LogGroups.Services, exporters.Of("awscloudwatchlogs").Text("log_group_name"));
        Assert.Equal([LogGroups.Services], exporters.Of("awsxray").List("aws_log_groups"));
    }

    internal static YamlMap Read(string file) =>
        new(new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(Path.Combine(Deploy, file))));

    [GeneratedRegex(@"\$\{env:(\w+)(?::-\w*)?\}")]
    private static partial Regex Variable();
}
