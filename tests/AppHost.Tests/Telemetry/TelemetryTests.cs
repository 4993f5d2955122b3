using Analytics.AppHost.Publishing.Telemetry;
using Analytics.AppHost.Tests.Publishing.Telemetry;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Telemetry;

/// <summary>What the running application sends, as it is told to where it is published, taken by a real receiver.</summary>
public sealed class TelemetryTests(SendingApplication sending) : IClassFixture<SendingApplication>
{
    [Fact]
    public async Task Metrics_Received_HaveTheUnitsAndAttributesOfThePage()
    {
        var received = (await sending.ReceivedAsync()).Metrics.Where(m => m.Name.StartsWith("analytics.", StringComparison.Ordinal)).ToList();

        Assert.All(received, m =>
        {
            var described = Assert.Contains(m.Name, TelemetryPage.Metrics);
            Assert.Equal(described.Unit, m.Metric.Unit);
            Assert.NotEqual("", m.Metric.Description);
            Assert.All(m.Points, p => Assert.Subset(described.Attributes.ToHashSet(), p.Attributes.Keys.ToHashSet()));
        });
        // Each attribute of the page is met, and each metric but those that a fault, a regression's challenger or a stop without the database alone makes.
        string[] rare =
        [
            "analytics.scorer.journal.handed.over", "analytics.scorer.shadow.difference", "analytics.scorer.shadow.dropped", "analytics.trainer.journal.written",
        ];
        var met = received.GroupBy(m => m.Name).ToDictionary(g => g.Key, g => g.SelectMany(m => m.Points).SelectMany(p => p.Attributes.Keys).Distinct().Order().ToList());
        Assert.Equal(
            TelemetryPage.Metrics.Values.Where(m => !rare.Contains(m.Name)).Select(m => $"{m.Name}: {string.Join(", ", m.Attributes.Order())}").Order(),
            met.Select(m => $"{m.Key}: {string.Join(", ", m.Value)}").Order());
    }

    // collector-contrib#23997, aws-otel-collector#1653, #3024: alarms watched what no metric had.
    [Theory]
    [InlineData("aws/scorer/collector.yaml", "scorer")]
    [InlineData("aws/trainer/collector.yaml", "trainer")]
    [InlineData("docker/collector-cloudwatch.yaml", "scorer", "trainer")]
    public async Task CloudWatch_EachDeclaredMetric_IsMadeOfWhatTheServicesSend(string file, params string[] services)
    {
        var emf = new EmfModel(CollectorTests.Read(file));
        var received = (await sending.ReceivedAsync()).Metrics;

        var emitted = received.Where(m => services.Contains(m.Service)).SelectMany(emf.Of).ToList();

        Assert.Equal(
            CloudWatchMetrics.OfServices
                .SelectMany(m => services.Where(m.IsOf).SelectMany(s => m.Dimensions.Select(d => $"{CloudWatchMetrics.Namespace} {m.Name} ({m.Unit}) of {s} by {string.Join(", ", d)}")))
                .Order(StringComparer.Ordinal),
            emitted.Select(e => $"{e.Namespace} {e.Name} ({e.Unit}) of {e.Dimensions[CloudWatchMetrics.ServiceDimension]} by {e.Set}").Distinct().Order(StringComparer.Ordinal));
        // A running total would lose its first value there.
        Assert.All(emitted, e => Assert.NotEqual(2, e.Temporality));
    }

    [Fact]
    public async Task ServerErrors_OfAGoodService_AreTheServicesZeroAndNothingElse()
    {
        var emf = new EmfModel(CollectorTests.Read("docker/collector-cloudwatch.yaml"));
        var errors = (await sending.ReceivedAsync()).Metrics.SelectMany(emf.Of).Where(e => e.Name == "HTTP5xxErrors").ToList();

        Assert.All(errors, e => Assert.Equal(("Analytics", "Count", "Service", 0), (e.Namespace, e.Unit, e.Set, e.Value)));
        Assert.Equal(["scorer", "trainer"], errors.Select(e => e.Dimensions["Service"]).Distinct().Order());
        Assert.InRange(errors.Count, 4, int.MaxValue);
    }

    [Fact]
    public async Task Request_Trace_HasItsStages()
    {
        var received = await sending.ReceivedAsync();
        var trace = received.Spans.Where(s => s.TraceId == sending.RequestTrace).ToList();

        var request = Assert.Single(trace, s => s.ParentId == SendingApplication.CallersSpan);
        Assert.Equal(("scorer", "POST /predict"), (request.Service, request.Name));
        Assert.Equal(["validate", "score", "journal"], trace.Where(s => s.ParentId == request.SpanId).OrderBy(s => s.Start).Select(s => s.Name));
        var score = trace.Single(s => s.Name == "score");
        Assert.Equal(("iris", 1L, 1L), (score.Attributes["model"], score.Attributes["version"], score.Attributes["rows"]));
        var line = Assert.Single(received.Logs, l => l.TraceId == sending.RequestTrace && l.Text.StartsWith("Model iris, version 1 scored 1 rows", StringComparison.Ordinal));
        Assert.Equal(request.SpanId, line.SpanId);
    }

    [Fact]
    public async Task Run_Trace_ContinuesTheRequestsAndHasItsStages()
    {
        var received = await sending.ReceivedAsync();
        var trace = received.Spans.Where(s => s.TraceId == sending.RunTrace).ToList();

        var request = Assert.Single(trace, s => s.ParentId == SendingApplication.CallersSpan);
        Assert.Equal(("trainer", "POST /models/{model}/runs"), (request.Service, request.Name));
        var run = Assert.Single(trace, s => s.Name == "training run");
        Assert.Equal(request.SpanId, run.ParentId);
        Assert.Equal(("iris", 2L, "succeeded"), (run.Attributes["model"], run.Attributes["version"], run.Attributes["outcome"]));
        string[] stages = ["snapshot", "read", "split", "fit", "export", "check", "evaluate", "commit", "promote"];
        Assert.Equal(stages, trace.Where(s => s.ParentId == run.SpanId && !s.Attributes.ContainsKey("db.system.name")).OrderBy(s => s.Start).Select(s => s.Name).Where(stages.Contains));
        var line = Assert.Single(received.Logs, l => l.TraceId == sending.RunTrace && l.Text == "Committed version 2");
        Assert.Equal("iris", line.Attributes["Model"]);
    }

    [Fact]
    public async Task Traces_OfWhatNobodyAskedFor_AreNotSent()
    {
        var received = await sending.ReceivedAsync();

        Assert.DoesNotContain(received.Spans, s => s.Name.Contains("health", StringComparison.OrdinalIgnoreCase));
        // Whatever has no parent was asked for by a caller, or is a batch of the journal: no poll of aliases or queue.
        var known = received.Spans.Select(s => s.SpanId).ToHashSet();
        var roots = received.Spans.Where(s => s.ParentId.Length == 0).Select(s => s.Name).Distinct();
        Assert.All(roots, name => Assert.Matches("^(GET |POST |PUT |DELETE |training run$|drain$)", name));
        Assert.NotEmpty(known);
    }

    [Fact]
    public async Task Resource_OfEachService_TellsServiceVersionAndInstance()
    {
        var received = await sending.ReceivedAsync();

        Assert.All(received.Metrics, m =>
        {
            Assert.Contains(m.Service, (string[])["scorer", "trainer"]);
            Assert.Matches(@"^\d+\.\d+", (string)m.Resource["service.version"]);
            Assert.Equal("Development", m.Resource["deployment.environment.name"]);
            Assert.NotEqual("", m.Resource["service.instance.id"]);
        });
    }
}
