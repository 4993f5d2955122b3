namespace Analytics.Scorer.Api.Serving;

internal static partial class ServingLog
{
    [LoggerMessage(1, LogLevel.Information, "Model {Model}: version {Version} serves as {Alias} ({Engine}); before: {Previous}")]
    public static partial void Serving(ILogger logger, string model, int version, string alias, string engine, int? previous);

    [LoggerMessage(2, LogLevel.Error, "Model {Model}: version {Version} could not be loaded (attempt {Attempt}, next in {Delay}); version {Serving} keeps serving: {Reason}")]
    public static partial void LoadFailed(
        ILogger logger, Exception exception, string model, int version, int attempt, TimeSpan delay, int? serving, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Model {Model}: the {Alias} cannot be read; what is loaded keeps serving: {Reason}")]
    public static partial void AliasUnreadable(ILogger logger, string model, string alias, string reason);

    [LoggerMessage(4, LogLevel.Information, "Model {Model}: the {Alias} can be read again")]
    public static partial void AliasReadable(ILogger logger, string model, string alias);

    [LoggerMessage(5, LogLevel.Warning, "The models in the store cannot be listed; those known stay: {Reason}")]
    public static partial void DiscoveryFailed(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Information, "Model {Model} is known; last good version in the cache: {Cached}")]
    public static partial void ModelKnown(ILogger logger, string model, int? cached);

    [LoggerMessage(7, LogLevel.Warning, "Model {Model}, version {Version} has no golden rows: its answers are not checked before it serves")]
    public static partial void NoGoldenRows(ILogger logger, string model, int version);

    [LoggerMessage(8, LogLevel.Warning, "The cache folder could not be brought up to date; serving goes on")]
    public static partial void CacheFailed(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "A round of polling failed; the next one follows")]
    public static partial void PollFailed(ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Information, "Model {Model}: version {Version} is retired")]
    public static partial void Retired(ILogger logger, string model, int version);

    [LoggerMessage(11, LogLevel.Information, "Model {Model}, version {Version} is served by ONNX Runtime and not compiled: {Reason}")]
    public static partial void NotCompiled(ILogger logger, string model, int version, string reason);
}
