using System.Diagnostics;
using Analytics.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Tests;

public sealed class PollSamplerTests
{
    [Theory]
    [InlineData(ActivityKind.Client, false, false)]
    [InlineData(ActivityKind.Client, true, true)]
    [InlineData(ActivityKind.Server, false, true)]
    [InlineData(ActivityKind.Internal, false, true)]
    public void OutgoingCall_IsTracedOnlyInsideARequestOrARun(ActivityKind kind, bool hasParent, bool traced)
    {
        using var source = new ActivitySource($"test-{Guid.NewGuid():N}");
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name).SetSampler(new ParentBasedSampler(new PollSampler())).Build();
        using var parent = hasParent ? source.StartActivity("request", ActivityKind.Server) : null;

        using var call = source.StartActivity("call", kind);

        Assert.Equal(traced, call?.Recorded ?? false);
    }
}
