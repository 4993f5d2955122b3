using System.Runtime.CompilerServices;
using Analytics.Registry.Store;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A real store that can be made to refuse, or to answer nothing, as a network between would.</summary>
internal sealed class OutageStore(IModelStore store) : IModelStore
{
    public bool IsAway { get; set; }

    /// <summary>Keys whose reading gets no answer, as a server that hangs gives none.</summary>
    public Func<string, bool> Hangs { get; set; } = _ => false;

    /// <summary>Keys whose putting fails.</summary>
    public Func<string, bool> Refuses { get; set; } = _ => false;

    public string Location => store.Location;

    public async Task<DocumentRead> ReadDocumentAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        await HangAsync(key, cancellationToken);
        return await Reach().ReadDocumentAsync(key, ifNoneMatch, cancellationToken);
    }

    public Task<PutResult> PutDocumentAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) =>
        Reach().PutDocumentAsync(key, content, condition, cancellationToken);

    public async Task<StoreObject?> OpenAsync(string key, CancellationToken cancellationToken)
    {
        await HangAsync(key, cancellationToken);
        return await Reach().OpenAsync(key, cancellationToken);
    }

    public Task PutFileAsync(string key, string path, CancellationToken cancellationToken) =>
        Refuses(key)
            ? throw new StoreException(StoreErrorKind.Unavailable, $"{Location}/{key}: no answer; try again later.")
            : Reach().PutFileAsync(key, path, cancellationToken);

    public IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
        Reach().ListAsync(prefix, cancellationToken);

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await HangAsync(prefix, cancellationToken);
        await foreach (var folder in Reach().ListFoldersAsync(prefix, cancellationToken))
        {
            yield return folder;
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => Reach().DeleteAsync(key, cancellationToken);

    public Task CheckAsync(CancellationToken cancellationToken) => Reach().CheckAsync(cancellationToken);

    private Task HangAsync(string key, CancellationToken cancellationToken) =>
        Hangs(key) ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask;

    private IModelStore Reach() =>
        IsAway ? throw new StoreException(StoreErrorKind.Unavailable, $"{Location}: no connection; try again later.") : store;
}
