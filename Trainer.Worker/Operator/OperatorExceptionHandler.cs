using System.Diagnostics;
using System.Text.Json;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Turns what a handler throws into a problem document; a stack trace goes to the log only.</summary>
internal sealed partial class OperatorExceptionHandler(ILogger<OperatorExceptionHandler> logger) : IExceptionHandler
{
    private const string RetryAfterSeconds = "5";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
            return true;
        }

        var problem = Describe(httpContext, exception);
        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }

    private ProblemHttpResult Describe(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException { InnerException: JsonException json }:
                return Problems.BadRequest(DescribeJson(json));
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large:
                return Problems.Problem(large.StatusCode, "The body is too large.", large.Message);
            case BadHttpRequestException bad:
                return Problems.Problem(bad.StatusCode, "The request is not valid.", bad.Message);
            case StoreException store:
                LogAway(logger, "store", store.Message);
                return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "The store does not answer.", store.Message);
            case var away when Outage.IsTransient(away):
                LogAway(logger, "database", Outage.Reason(away));
                return Problems.Problem(
                    StatusCodes.Status503ServiceUnavailable, "The database does not answer.", "PostgreSQL is away; try again.");
            default:
                LogUnexpected(logger, context.Request.Method, context.Request.Path, exception);
                return Problems.Problem(
                    StatusCodes.Status500InternalServerError,
                    "An unexpected error.",
                    "The trainer's log has the details under this trace id.",
                    ("traceId", Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier));
        }
    }

    // The serializer's own message names .NET types; what a caller needs is the place and the description of the API.
    private static string DescribeJson(JsonException json)
    {
        var place = json.LineNumber is { } line ? $" (line {line + 1}, byte {json.BytePositionInLine + 1})" : "";
        return json switch
        {
            // The reader's own exception is inside where the text is no JSON.
            { InnerException: JsonException } => $"The body is not valid JSON{place}.",
            { Path: { Length: > 2 } path } =>
                $"The JSON body has a value of another type than expected at '{path[2..]}'{place}; see /openapi/v1.json.",
            _ => $"The body must be a JSON object of the expected members{place}; see /openapi/v1.json.",
        };
    }

    [LoggerMessage(LogLevel.Warning, "The {What} does not answer: {Reason}")]
    private static partial void LogAway(ILogger logger, string what, string reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} met an unexpected error")]
    private static partial void LogUnexpected(ILogger logger, string method, string path, Exception error);
}
