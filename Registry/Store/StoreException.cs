namespace Analytics.Registry.Store;

/// <summary>The store could not answer: what was asked, where, and what came back, in one sentence.</summary>
public sealed class StoreException : Exception
{
    /// <summary>A store error.</summary>
    public StoreException(StoreErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>What kind of error it is; decides whether trying again can help.</summary>
    public StoreErrorKind Kind { get; }

    /// <summary>True when the same call may succeed later without anybody changing the configuration.</summary>
    public bool IsTransient => Kind is StoreErrorKind.Unavailable;
}

/// <summary>Why the store could not answer.</summary>
public enum StoreErrorKind
{
    /// <summary>No connection, a time-out, or a 5xx.</summary>
    Unavailable,

    /// <summary>Wrong or missing credentials, or no permission.</summary>
    AccessDenied,

    /// <summary>The bucket or the root directory does not exist.</summary>
    NoSuchStore,

    /// <summary>The content is not what its key promises: wrong hash or size, not JSON, another model, a future format.</summary>
    Corrupt,

    /// <summary>The server does not take requests of this kind: a setting (region, checksums, path style) does not fit it.</summary>
    Refused,
}
