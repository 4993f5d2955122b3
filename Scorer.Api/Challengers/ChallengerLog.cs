namespace Analytics.Scorer.Api.Challengers;

internal static partial class ChallengerLog
{
    [LoggerMessage(1, LogLevel.Information, "Model {Model}: version {Version} challenges, with a share of {Share} per cent")]
    public static partial void Challenges(ILogger logger, string model, int version, double share);

    [LoggerMessage(2, LogLevel.Information, "Model {Model}: version {Version} challenges no more")]
    public static partial void Ended(ILogger logger, string model, int version);

    [LoggerMessage(3, LogLevel.Warning, "Model {Model}: challenger {Version} could not score a request ({Failures} in a row); the answers are as they were")]
    public static partial void Failed(ILogger logger, Exception exception, string model, int version, int failures);

    [LoggerMessage(4, LogLevel.Error, "Model {Model}: challenger {Version} is given up until its alias is set anew; the answers are as they were: {Reason}")]
    public static partial void GivenUp(ILogger logger, string model, int version, string reason);
}
