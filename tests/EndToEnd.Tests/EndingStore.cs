using Analytics.Registry.Journal;
using Analytics.Registry.Store;

namespace Analytics.EndToEnd.Tests;

/// <summary>A real store at one step of which the process that uses it ends: nothing of it goes on behind that.</summary>
internal sealed class EndingStore(IModelStore store) : IModelStore
{
    /// <summary>The step, the end of its key, and whether the store has done it before the process ends.</summary>
    public (string Step, string Key, bool IsDone)? EndAt { get; set; }

    /// <summary>Called with a segment's number when it has been opened.</summary>
    public Func<long, Task>? Opened { get; set; }

    public string Location => store.Location;

    public Task<DocumentRead> ReadDocumentAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken) =>
        store.ReadDocumentAsync(key, ifNoneMatch, cancellationToken);

    public Task<PutResult> PutDocumentAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) =>
        store.PutDocumentAsync(key, content, condition, cancellationToken);

    public async Task<StoreObject?> OpenAsync(string key, CancellationToken cancellationToken)
    {
        EndBefore("open", key);
        var found = await store.OpenAsync(key, cancellationToken);
        if (Opened is { } opened && HandedOverKeys.TryParse(key, out var segment))
        {
            await opened(segment.Value.Number);
        }

        return found;
    }

    public async Task PutFileAsync(string key, string path, CancellationToken cancellationToken)
    {
        EndBefore("put", key);
        await store.PutFileAsync(key, path, cancellationToken);
        EndAfter("put", key);
    }

    public IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) =>
        store.ListFoldersAsync(prefix, cancellationToken);

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        EndBefore("delete", key);
        await store.DeleteAsync(key, cancellationToken);
        EndAfter("delete", key);
    }

    public Task CheckAsync(CancellationToken cancellationToken) => store.CheckAsync(cancellationToken);

    private void EndBefore(string step, string key)
    {
        if (EndAt is var (ending, end, isDone) && ending == step && !isDone && key.EndsWith(end, StringComparison.Ordinal))
        {
            throw new StoreException(StoreErrorKind.Unavailable, $"{Location}: ends before {step}.");
        }
    }

    private void EndAfter(string step, string key)
    {
        if (EndAt is var (ending, end, isDone) && ending == step && isDone && key.EndsWith(end, StringComparison.Ordinal))
        {
            throw new StoreException(StoreErrorKind.Unavailable, $"{Location}: ends after {step}.");
        }
    }
}
