namespace Analytics.Scorer.Api.Predictions;

internal static partial class PredictionLog
{
    /// <summary>One record a request, for those who follow a trace; the history itself is the table.</summary>
    [LoggerMessage(1, LogLevel.Debug, "Model {Model}, version {Version} scored {Rows} rows of request {RequestId}")]
    public static partial void Predicted(ILogger logger, string model, int version, int rows, Guid requestId);

    [LoggerMessage(2, LogLevel.Debug, "Refused with {Status}: {Reason}")]
    public static partial void Refused(ILogger logger, int status, string? reason);
}
