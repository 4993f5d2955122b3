using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Protocols.Invocations;
using Analytics.Scorer.Api.Protocols.OpenInference;

namespace Analytics.Scorer.Api.Protocols;

/// <summary>How a protocol says that a call failed. Whatever meets a call that fails, before, in or behind its handler, asks here.</summary>
internal abstract class ErrorForm
{
    private static readonly ErrorForm OpenInference = new OpenInferenceErrors();
    private static readonly ErrorForm Rpc = new RpcErrors();
    private static readonly ErrorForm ScoringServer = new ScoringServerErrors();

    /// <summary>
    /// The form of the protocol that was spoken; null: a problem document. Told by the path, for a call that met no endpoint (another
    /// method, another path below) has nothing else.
    /// </summary>
    public static ErrorForm? Of(HttpContext context)
    {
        var path = context.Request.Path;
        return path.StartsWithSegments("/v2", StringComparison.OrdinalIgnoreCase) ? OpenInference
            : path.StartsWithSegments(InvocationsApi.Route, StringComparison.OrdinalIgnoreCase)
                || path.StartsWithSegments("/ping", StringComparison.OrdinalIgnoreCase)
                || path.StartsWithSegments("/version", StringComparison.OrdinalIgnoreCase) ? ScoringServer
            : path.StartsWithSegments(InferenceRpc.Service, StringComparison.Ordinal) ? Rpc
            : null;
    }

    /// <summary>Answers with the problem; nothing has been answered yet.</summary>
    public abstract Task WriteAsync(HttpContext context, ScoringProblem problem);
}
