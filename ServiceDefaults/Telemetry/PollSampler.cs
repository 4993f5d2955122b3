using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>
/// Drops traces whose root is an outgoing call: those are polls (the store's aliases, the run queue), several a second and
/// never looked at. The same call inside a request or a run has a parent, which decides for it.
/// </summary>
internal sealed class PollSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
