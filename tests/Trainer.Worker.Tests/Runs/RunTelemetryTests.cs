using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class RunTelemetryTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_Trace_ContinuesTheRequestsAndHasItsStages()
    {
        const string traceId = "0af7651916cd43dd8448eb211c80319c";
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RunTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var trainer = await TestTrainer.StartAsync(postgres, null, ("Logging:LogLevel:Analytics.Trainer.Worker.Runs", "Information"));
        var measured = new ConcurrentQueue<string>();
        using var meters = Listen(trainer.Services.GetRequiredService<IMeterFactory>(), measured);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        using var lines = new ScopedLines();
        trainer.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);

        var (queued, _) = await trainer.Services.GetRequiredService<RunQueue>().EnqueueAsync(
            new RunRequest
            {
                Model = "iris",
                Dataset = "iris",
                Algorithm = "lightgbm",
                RequestedBy = "test",
                TraceParent = $"00-{traceId}-b7ad6b7169203331-01",
            },
            Cancel);
        var run = await trainer.EndOfAsync(queued.Id);
        await TestTrainer.UntilAsync(() => Task.FromResult(measured.Contains("analytics.trainer.attempts succeeded")), "the metrics");
        // The run's own span ends last.
        await TestTrainer.UntilAsync(
            () => Task.FromResult(spans.Any(s => s.OperationName == "training run" && s.TraceId.ToHexString() == traceId)), "the run's span");

        var own = spans.Where(s => s.TraceId.ToHexString() == traceId).ToList();
        var root = Assert.Single(own, s => s.OperationName == "training run");
        Assert.Equal("b7ad6b7169203331", root.ParentSpanId.ToHexString());
        string[] stages = ["snapshot", "read", "split", "fit", "export", "check", "evaluate", "commit", "promote"];
        Assert.Equal(stages, own.Where(s => s.ParentSpanId == root.SpanId).OrderBy(s => s.StartTimeUtc).Select(s => s.OperationName));
        Assert.Equal(traceId, run.GetProperty("traceId").GetString());
        Assert.Contains("analytics.trainer.runs succeeded", measured);
        // Every line of the run has its id, those about the child process too.
        string[] categories = ["RunExecution", "RunProgress", "AttemptProcess"];
        var said = lines.All.Where(l => categories.Any(c => l.Category.EndsWith(c, StringComparison.Ordinal))).ToList();
        Assert.Contains(said, l => l.Category.EndsWith("AttemptProcess", StringComparison.Ordinal));
        Assert.Contains(said, l => l.Text.Contains("Stage fit", StringComparison.Ordinal));
        Assert.All(said, l => Assert.Equal(queued.Id, l.RunId));
        Assert.Superset(stages.Select(s => $"analytics.trainer.stage.duration {s}").ToHashSet(), measured.ToHashSet());
    }

    private static MeterListener Listen(IMeterFactory factory, ConcurrentQueue<string> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == RunTelemetry.Name && instrument.Meter.Scope == factory)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, _, tags, _) => measured.Enqueue($"{i.Name} {tags[0].Value}"));
        listener.SetMeasurementEventCallback<double>((i, _, tags, _) => measured.Enqueue($"{i.Name} {tags[0].Value}"));
        listener.Start();
        return listener;
    }
}
