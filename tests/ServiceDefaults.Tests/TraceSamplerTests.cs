using System.Diagnostics;
using Analytics.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Tests;

public sealed class TraceSamplerTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(ActivityKind.Client, false, false)]
    [InlineData(ActivityKind.Client, true, true)]
    [InlineData(ActivityKind.Server, false, true)]
    [InlineData(ActivityKind.Internal, false, true)]
    public void OutgoingCall_IsTracedOnlyInsideARequestOrARun(ActivityKind kind, bool hasParent, bool traced)
    {
        using var source = new ActivitySource($"test-{Guid.NewGuid():N}");
        using var provider = Trace(source, new TraceSampler(10, _time));
        using var parent = hasParent ? source.StartActivity("request", ActivityKind.Server) : null;

        using var call = source.StartActivity("call", kind);

        Assert.Equal(traced, call?.Recorded ?? false);
    }

    [Fact]
    public void Requests_BeyondTheRate_HaveAnIdAndAreNotTraced()
    {
        using var source = new ActivitySource($"test-{Guid.NewGuid():N}");
        using var provider = Trace(source, new TraceSampler(10, _time));

        Assert.Equal(100, Count(source, 1000)); // Ten seconds' worth at once.
        using (var late = source.StartActivity("request", ActivityKind.Server))
        {
            Assert.NotEqual(default, late!.TraceId);
            Assert.False(late.Recorded);
            Assert.Null(source.StartActivity("score"));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Count(source, 1000));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(100, Count(source, 1000));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.01, 1)] // One in 100 s: the first is traced nevertheless.
    [InlineData(1, 10)]
    public void Rate_BelowOneASecond_StillTracesSome(double rate, int traced)
    {
        using var source = new ActivitySource($"test-{Guid.NewGuid():N}");
        using var provider = Trace(source, new TraceSampler(rate, _time));

        Assert.Equal(traced, Count(source, 50));
    }

    private static TracerProvider Trace(ActivitySource source, TraceSampler sampler) =>
        Sdk.CreateTracerProviderBuilder().AddSource(source.Name).SetSampler(new ParentBasedSampler(sampler)).Build();

    private static int Count(ActivitySource source, int requests)
    {
        var traced = 0;
        for (var i = 0; i < requests; i++)
        {
            using var request = source.StartActivity("request", ActivityKind.Server);
            traced += request is { Recorded: true } ? 1 : 0;
        }

        return traced;
    }
}
