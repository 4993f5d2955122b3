using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>
/// Decides which traces are kept. Those whose root is an outgoing call never are: they are polls (the store's aliases, the
/// run queue), several a second and never looked at; the same call inside a request or a run has a parent, which decides
/// for it. Of the others at most so many a second are kept, after a burst of ten seconds' worth: a person sees each of his calls, a
/// service under load does not spend itself on describing the load. What the service does by itself (a batch of the journal)
/// has a tenth of that, and takes nothing of the requests'. An id has every request, kept or not.
/// </summary>
internal sealed class TraceSampler(double tracesPerSecond, TimeProvider time) : Sampler
{
    private readonly TraceBudget _asked = new(tracesPerSecond, time);
    private readonly TraceBudget _own = new(tracesPerSecond / 10, time);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(IsKept(samplingParameters.Kind) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool IsKept(ActivityKind kind) => kind switch
    {
        ActivityKind.Client => false,
        ActivityKind.Internal => _own.TryTake(),
        _ => _asked.TryTake(),
    };
}
