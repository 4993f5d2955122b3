using Analytics.Registry.Store;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>A store in which the caller is cancelled while a manifest's put is on its way: before or after it takes effect.</summary>
internal sealed class CancellingStore(IModelStore inner, CancellationTokenSource cancel, bool arrives) : IModelStore
{
    public string Location => inner.Location;

    public async Task<PutResult> PutDocumentAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        if (!key.Contains("/versions/", StringComparison.Ordinal))
        {
            return await inner.PutDocumentAsync(key, content, condition, cancellationToken);
        }

        if (arrives)
        {
            await inner.PutDocumentAsync(key, content, condition, cancellationToken);
        }

        await cancel.CancelAsync();
        throw new OperationCanceledException(cancellationToken);
    }

    public Task<DocumentRead> ReadDocumentAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken) =>
        inner.ReadDocumentAsync(key, ifNoneMatch, cancellationToken);

    public Task<StoreObject?> OpenAsync(string key, CancellationToken cancellationToken) => inner.OpenAsync(key, cancellationToken);

    public Task PutFileAsync(string key, string path, CancellationToken cancellationToken) => inner.PutFileAsync(key, path, cancellationToken);

    public IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListFoldersAsync(prefix, cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => inner.DeleteAsync(key, cancellationToken);

    public Task CheckAsync(CancellationToken cancellationToken) => inner.CheckAsync(cancellationToken);
}
