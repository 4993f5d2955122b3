using Microsoft.AspNetCore.Http.HttpResults;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>The problem documents (RFC 9457) of the operator API.</summary>
internal static class Problems
{
    /// <summary>The request is at fault; the detail says where and what was expected.</summary>
    public static ProblemHttpResult BadRequest(string detail, params (string Name, object? Value)[] extensions) =>
        Problem(StatusCodes.Status400BadRequest, "The request is not valid.", detail, extensions);

    /// <summary>What the URL names is not there.</summary>
    public static ProblemHttpResult NotFound(string detail, params (string Name, object? Value)[] extensions) =>
        Problem(StatusCodes.Status404NotFound, "Not found.", detail, extensions);

    /// <summary>The state of things does not allow it.</summary>
    public static ProblemHttpResult Conflict(string detail, params (string Name, object? Value)[] extensions) =>
        Problem(StatusCodes.Status409Conflict, "The request conflicts with the current state.", detail, extensions);

    /// <summary>A problem of any status.</summary>
    public static ProblemHttpResult Problem(
        int status, string title, string detail, params (string Name, object? Value)[] extensions) =>
        TypedResults.Problem(
            detail, statusCode: status, title: title, extensions: extensions.Select(e => KeyValuePair.Create(e.Name, e.Value)));
}
