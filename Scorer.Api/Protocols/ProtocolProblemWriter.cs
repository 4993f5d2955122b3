using Analytics.Scorer.Api.Predictions;
using Microsoft.AspNetCore.WebUtilities;

namespace Analytics.Scorer.Api.Protocols;

/// <summary>
/// Puts what the framework has to say (no such path, another method, no API key, an exception) into the form of the protocol that was
/// spoken; where none was, the framework's own problem document is right.
/// </summary>
internal sealed class ProtocolProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => ErrorForm.Of(context.HttpContext) is not null;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var details = context.ProblemDetails;
        var status = details.Status ?? context.HttpContext.Response.StatusCode;
        var problem = new ScoringProblem(status, details.Detail ?? Sentence(status, context.HttpContext.Request));
        await problem.ExecuteAsync(context.HttpContext);
    }

    private static string Sentence(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {FoundText.Show(request.Path.Value)}.",
        StatusCodes.Status405MethodNotAllowed => $"{FoundText.Show(request.Path.Value)} is not called with {FoundText.Show(request.Method)}.",
        _ => $"{ReasonPhrases.GetReasonPhrase(status)}.",
    };
}
