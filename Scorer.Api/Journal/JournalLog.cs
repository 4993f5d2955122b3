namespace Analytics.Scorer.Api.Journal;

internal static partial class JournalLog
{
    [LoggerMessage(1, LogLevel.Warning, "The history cannot be stored, {Backlog} records wait; tried again with growing delays")]
    public static partial void Away(ILogger logger, Exception exception, long backlog);

    [LoggerMessage(2, LogLevel.Information, "The history is stored again, {Backlog} records wait")]
    public static partial void Back(ILogger logger, long backlog);

    [LoggerMessage(3, LogLevel.Error, "The database refuses the record at byte {Offset} of {File}; it is left out of the history")]
    public static partial void Refused(ILogger logger, Exception exception, string file, long offset);

    [LoggerMessage(4, LogLevel.Information, "The journal is closed; {Left} records stay in {Folder} for the next start")]
    public static partial void Stopped(ILogger logger, long left, string folder);

    [LoggerMessage(5, LogLevel.Error, "The database refuses a batch of {Records} records; it is stored in parts")]
    public static partial void RefusedBatch(ILogger logger, Exception exception, int records);

    [LoggerMessage(6, LogLevel.Warning, "Journal:Sink is None: requests and predictions are not kept")]
    public static partial void KeepsNothing(ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "The journal is in {Folder}; {Records} records ({Bytes} bytes) of earlier processes wait to be stored")]
    public static partial void Opened(ILogger logger, string folder, long records, long bytes);

    [LoggerMessage(8, LogLevel.Error, "The journal cannot be opened in {Folder}: {Reason} Journal:WhenFull is {Policy}; tried again every {Pause}. Make the folder writable, or set Journal:Folder to one that is")]
    public static partial void CannotOpen(ILogger logger, string folder, string reason, JournalFullPolicy policy, TimeSpan pause);

    [LoggerMessage(9, LogLevel.Error, "The journal takes no more: {Folder} has {Bytes} of at most {MaxBytes} bytes (Journal:MaxBytes) and the database has been away; predictions are refused with 503 until it is back")]
    public static partial void Full(ILogger logger, string folder, long bytes, long maxBytes);

    [LoggerMessage(10, LogLevel.Error, "The journal cannot write in {Folder}: {Reason} Journal:WhenFull is {Policy}; tried again every {Pause}. Free or repair the disk")]
    public static partial void CannotWrite(ILogger logger, string folder, string reason, JournalFullPolicy policy, TimeSpan pause);

    [LoggerMessage(11, LogLevel.Information, "The journal takes records again in {Folder}")]
    public static partial void TakesAgain(ILogger logger, string folder);

    [LoggerMessage(12, LogLevel.Error, "The journal is at its bound (Journal:WhenFull is DropOldest): {Records} records of {File} are dropped")]
    public static partial void DroppedOldest(ILogger logger, long records, string file);

    [LoggerMessage(13, LogLevel.Error, "{Bytes} bytes at byte {Offset} of {File} are damaged; reading goes on behind them, the records in them are lost")]
    public static partial void Damaged(ILogger logger, long bytes, long offset, string file);

    [LoggerMessage(14, LogLevel.Warning, "The last {Bytes} bytes of {File}, from byte {Offset} on, are no whole record: torn when a process or the machine ended")]
    public static partial void Torn(ILogger logger, long bytes, string file, long offset);

    [LoggerMessage(15, LogLevel.Error, "The header of {File} is damaged; its records are read as the folder's own")]
    public static partial void DamagedHeader(ILogger logger, string file);

    [LoggerMessage(16, LogLevel.Error, "{File} is of a newer format than this version reads; it and what follows it in its folder stay where they are until a newer version starts there")]
    public static partial void Newer(ILogger logger, string file);

    [LoggerMessage(17, LogLevel.Warning, "{File} is of another journal, {JournalId}; its records are stored as that one's")]
    public static partial void OtherJournal(ILogger logger, string file, Guid journalId);

    [LoggerMessage(18, LogLevel.Warning, "{File} is not named as a segment is, with its number; it is not read")]
    public static partial void NotASegment(ILogger logger, string file);

    [LoggerMessage(19, LogLevel.Error, "{File} has been stored and cannot be deleted; it is not stored again")]
    public static partial void CannotDelete(ILogger logger, Exception exception, string file);

    [LoggerMessage(20, LogLevel.Error, "{File} cannot be read; tried again")]
    public static partial void CannotRead(ILogger logger, Exception exception, string file);

    [LoggerMessage(21, LogLevel.Warning, "The position of journal {JournalId} in the database is not where this process left it: another process has stored of the same journal, as the trainer does where it was handed over. It goes on from the database's")]
    public static partial void Moved(ILogger logger, Guid journalId);

    [LoggerMessage(22, LogLevel.Information, "{Folder} was left by a process that has ended; its {Records} records are stored")]
    public static partial void Adopted(ILogger logger, string folder, long records);

    [LoggerMessage(23, LogLevel.Error, "{File} could not be written")]
    public static partial void CannotWriteFile(ILogger logger, Exception exception, string file);

    [LoggerMessage(24, LogLevel.Error, "{File} is gone, deleted by somebody else, with {Records} records that were not stored")]
    public static partial void Vanished(ILogger logger, string file, long records);

    [LoggerMessage(25, LogLevel.Information, "{Records} records that the database does not have are handed over to {Store}: the trainer stores them from there")]
    public static partial void HandedOver(ILogger logger, long records, string store);

    [LoggerMessage(26, LogLevel.Error, "The journal cannot be handed over to {Store}: {Records} records are only in {Folder}, for the next start there")]
    public static partial void CannotHandOver(ILogger logger, Exception exception, string store, long records, string folder);
}
