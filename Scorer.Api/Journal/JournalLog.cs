namespace Analytics.Scorer.Api.Journal;

internal static partial class JournalLog
{
    [LoggerMessage(1, LogLevel.Warning, "The history cannot be stored, {Backlog} requests wait; tried again with growing delays")]
    public static partial void Away(ILogger logger, Exception exception, long backlog);

    [LoggerMessage(2, LogLevel.Information, "The history is stored again, {Backlog} requests wait")]
    public static partial void Back(ILogger logger, long backlog);

    [LoggerMessage(3, LogLevel.Error, "The database refuses the record of request {RequestId}; it is left out of the history")]
    public static partial void Refused(ILogger logger, Exception exception, Guid requestId);

    [LoggerMessage(4, LogLevel.Information, "The journal is closed; {Left} requests could not be stored")]
    public static partial void Stopped(ILogger logger, long left);

    [LoggerMessage(5, LogLevel.Error, "The database refuses a batch of {Requests} requests; each is stored alone")]
    public static partial void RefusedBatch(ILogger logger, Exception exception, int requests);

    [LoggerMessage(6, LogLevel.Warning, "Journal:Sink is None: requests and predictions are not kept")]
    public static partial void KeepsNothing(ILogger logger);
}
