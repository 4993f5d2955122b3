using System.Globalization;
using Analytics.Scorer.Api.Predictions;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>
/// Errors as gRPC has them. A call that is refused before its handler is answered with headers alone (HTTP 200, <c>grpc-status</c>), as
/// the protocol's "Trailers-Only" has it.
/// </summary>
internal sealed class RpcErrors : ErrorForm
{
    // The name that clients with a retry policy look for (gRFC A6).
    private const string PushbackHeader = "grpc-retry-pushback-ms";

    public override Task WriteAsync(HttpContext context, ScoringProblem problem)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)CodeOf(problem.Status)).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(problem.Detail);
        if (PushbackOf(problem) is { } milliseconds)
        {
            response.Headers[PushbackHeader] = milliseconds;
        }

        return response.CompleteAsync();
    }

    /// <summary>The problem as a handler throws it.</summary>
    public static RpcException ToException(ScoringProblem problem)
    {
        var trailers = new Metadata();
        if (PushbackOf(problem) is { } milliseconds)
        {
            trailers.Add(PushbackHeader, milliseconds);
        }

        return new RpcException(new Status(CodeOf(problem.Status), problem.Detail), trailers);
    }

    /// <summary>What became of a call, as a status of HTTP, and the sentence that the caller was given.</summary>
    public static (int Status, string? Message) StatusOf(HttpContext context)
    {
        // Where nothing was answered before, gRPC's status stands in the headers.
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var headers = context.Response.Headers;
        var code = headers.TryGetValue("grpc-status", out var found) || trailers?.TryGetValue("grpc-status", out found) == true
            ? found.ToString()
            : "";
        var message = headers.TryGetValue("grpc-message", out found) || trailers?.TryGetValue("grpc-message", out found) == true
            ? Uri.UnescapeDataString(found.ToString())
            : null;
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (StatusOf((StatusCode)number), message)
            : (context.Response.StatusCode, message);
    }

    private static string? PushbackOf(ScoringProblem problem) =>
        problem.RetryAfter is { } seconds ? (1000 * seconds).ToString(CultureInfo.InvariantCulture) : null;

    private static StatusCode CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status404NotFound => StatusCode.NotFound,
        StatusCodes.Status405MethodNotAllowed => StatusCode.Unimplemented,
        StatusCodes.Status408RequestTimeout => StatusCode.DeadlineExceeded,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        RequestHistory.ClientClosedRequest => StatusCode.Cancelled,
        StatusCodes.Status503ServiceUnavailable => StatusCode.Unavailable,
        >= StatusCodes.Status500InternalServerError => StatusCode.Internal,
        _ => StatusCode.InvalidArgument,
    };

    private static int StatusOf(StatusCode code) => code switch
    {
        StatusCode.OK => StatusCodes.Status200OK,
        StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.Unimplemented => StatusCodes.Status405MethodNotAllowed,
        StatusCode.DeadlineExceeded => StatusCodes.Status408RequestTimeout,
        StatusCode.ResourceExhausted => StatusCodes.Status413PayloadTooLarge,
        StatusCode.Cancelled => RequestHistory.ClientClosedRequest,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
