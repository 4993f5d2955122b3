namespace Analytics.Registry.Store;

/// <summary>
/// The few object operations that the registry's layout needs, on S3 or a directory. Keys are relative to the store's root,
/// parts joined by <c>/</c>. All members are safe for any number of threads and processes at once. A missing key is an
/// answer; everything else that keeps the store from answering is a <see cref="StoreException"/>, never "nothing there".
/// </summary>
public interface IModelStore
{
    /// <summary>Where the store is, for messages: <c>s3://bucket/prefix</c> or <c>file:///dir</c>; never a secret.</summary>
    string Location { get; }

    /// <summary>
    /// Reads a document of at most <see cref="StoreLimits.MaxDocumentBytes"/>. With <paramref name="ifNoneMatch"/> equal to
    /// the current ETag the answer is <see cref="ReadStatus.NotModified"/>, without content.
    /// </summary>
    Task<DocumentRead> ReadDocumentAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken);

    /// <summary>
    /// Puts a whole document, atomically, under a condition. Of any number of writers with <see cref="PutCondition.IfAbsent"/>
    /// or the same ETag at most one is told that it wrote. A put whose answer was lost and that was tried again meets its own
    /// work and is told that it did not write: whoever must know compares what is there. A document that is too large to be
    /// read back is refused.
    /// </summary>
    Task<PutResult> PutDocumentAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken);

    /// <summary>
    /// Opens an object of any size for reading from its start, or returns null when there is none. The caller disposes it.
    /// </summary>
    Task<StoreObject?> OpenAsync(string key, CancellationToken cancellationToken);

    /// <summary>Puts the file's content as one object; readers see the old object or the whole new one. Replaces.</summary>
    Task PutFileAsync(string key, string path, CancellationToken cancellationToken);

    /// <summary>The objects whose key starts with <paramref name="prefix"/> (which ends in <c>/</c>), in ordinal key order.</summary>
    IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// The names directly under <paramref name="prefix"/> (which ends in <c>/</c>) that are folders, in ordinal order: for
    /// <c>models/</c> the models.
    /// </summary>
    IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an object; one that is not there is no error.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>Returns when the store exists and lets us list it, else throws the <see cref="StoreException"/> that says why.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Bounds of the store's documents.</summary>
public static class StoreLimits
{
    /// <summary>The largest document (manifest, alias, schema) that is read: 4 MB. A larger one is refused, not loaded.</summary>
    public const int MaxDocumentBytes = 4 * 1024 * 1024;

    /// <summary>What a transfer must at least move in each <see cref="StoreOptions.RequestTimeout"/>: 64 kB, or the rest.</summary>
    public const int MinTransferBytes = 64 * 1024;

    internal static void RequireDocument(long bytes, string place)
    {
        if (bytes > MaxDocumentBytes)
        {
            throw new StoreException(
                StoreErrorKind.Corrupt, $"{place}: a document has at most {MaxDocumentBytes} bytes; found {bytes}.");
        }
    }
}

/// <summary>The outcome of a read.</summary>
public enum ReadStatus
{
    /// <summary>The document is there.</summary>
    Found,

    /// <summary>The document still has the ETag that the caller knows.</summary>
    NotModified,

    /// <summary>There is no such key.</summary>
    NotFound,
}

/// <summary>A document as read.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Content">The content where found, else empty.</param>
/// <param name="ETag">The version tag where found, to be passed back unchanged; else null.</param>
public readonly record struct DocumentRead(ReadStatus Status, ReadOnlyMemory<byte> Content, string? ETag);

/// <summary>The condition of a put.</summary>
/// <param name="Kind">What is checked.</param>
/// <param name="ETag">The tag for <see cref="PutConditionKind.IfMatch"/>.</param>
public readonly record struct PutCondition(PutConditionKind Kind, string? ETag = null)
{
    /// <summary>Put whatever is there.</summary>
    public static PutCondition None => new(PutConditionKind.None);

    /// <summary>Put only when the key does not exist (<c>If-None-Match: *</c>).</summary>
    public static PutCondition IfAbsent => new(PutConditionKind.IfAbsent);

    /// <summary>Put only when the key still has this ETag (<c>If-Match</c>).</summary>
    public static PutCondition IfMatch(string etag) => new(PutConditionKind.IfMatch, etag);
}

/// <summary>What a put checks.</summary>
public enum PutConditionKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>That the key does not exist.</summary>
    IfAbsent,

    /// <summary>That the key has the known ETag.</summary>
    IfMatch,
}

/// <summary>The outcome of a put.</summary>
/// <param name="Written">False when the condition did not hold (412); nothing was changed.</param>
/// <param name="ETag">The new ETag when written.</param>
public readonly record struct PutResult(bool Written, string? ETag);

/// <summary>An object in a listing.</summary>
/// <param name="Key">The key, relative to the store's root.</param>
/// <param name="Size">Bytes.</param>
/// <param name="LastModified">When it was put.</param>
public readonly record struct StoreEntry(string Key, long Size, DateTimeOffset LastModified);

/// <summary>An open object.</summary>
/// <param name="Content">Forward-only content; reading it may throw <see cref="StoreException"/>.</param>
/// <param name="Size">Bytes.</param>
public sealed record StoreObject(Stream Content, long Size) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
