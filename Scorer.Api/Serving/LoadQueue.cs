using Analytics.Registry.Store;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Loads versions, each within a bounded time. What waits for the store and what takes the processor are counted apart, so
/// that models whose files come slowly do not hold up the others. It never throws: what went wrong is the outcome.
/// </summary>
internal sealed class LoadQueue(
    ServableLoader loader, ServingCatalog catalog, IOptions<ScorerOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Versions fetched at once: each holds a connection and a buffer.</summary>
    private const int ParallelFetches = 16;

    // A file of the cache that turns out damaged is fetched again at once; twice damaged is the version's failure.
    private const int Fetches = 2;

    private readonly SemaphoreSlim _fetches = new(ParallelFetches);
    private readonly SemaphoreSlim _loads = new(options.Value.MaxParallelLoads);

    /// <summary>Waits for its turn, fetches and loads; the token is cancelled when the version is no longer wanted.</summary>
    public async Task<LoadOutcome> LoadAsync(string model, int version, CachedChampion? cached, CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            for (var fetch = 0; fetch < Fetches; fetch++)
            {
                var manifest = await InTurnAsync(
                    _fetches, timeout, () => loader.FetchAsync(model, version, cached, either.Token), cancellationToken);
                var loaded = await InTurnAsync(
                    _loads, timeout, () => LoadThread.RunAsync(() => loader.Load(manifest, either.Token), catalog.Current.Answers), cancellationToken);
                if (loaded is not null)
                {
                    return new LoadOutcome(loaded, null);
                }
            }

            return new LoadOutcome(
                null, new InvalidDataException("The fetched files changed before they were read; check the disk of Scorer:CacheFolder."));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new LoadOutcome(null, null);
        }
        catch (OperationCanceledException e)
        {
            return new LoadOutcome(
                null, new TimeoutException($"Not loaded within Scorer:LoadTimeout ({options.Value.LoadTimeout}).", e));
        }
#pragma warning disable CA1031 // Whatever goes wrong with a version is recorded and tried again; it never ends the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new LoadOutcome(null, e);
        }
    }

    public void Dispose()
    {
        _fetches.Dispose();
        _loads.Dispose();
    }

    private async Task<T> InTurnAsync<T>(
        SemaphoreSlim turns, CancellationTokenSource timeout, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken);
        try
        {
            // The time is the work's, not that of the wait for other loads.
            timeout.CancelAfter(options.Value.LoadTimeout);
            return await work();
        }
        finally
        {
            timeout.CancelAfter(Timeout.InfiniteTimeSpan);
            turns.Release();
        }
    }
}

/// <summary>How a load ended: with a servable, with an error, or, with neither, because the version was no longer wanted.</summary>
internal readonly record struct LoadOutcome(Servable? Loaded, Exception? Error)
{
    /// <summary>True when the store did not answer: no fault of the version.</summary>
    public bool StoreAway => Error is StoreException { IsTransient: true };

    /// <summary>The sentence for the operator.</summary>
    public string? Reason => Error switch
    {
        null => null,
        StoreException or InvalidDataException or TimeoutException => Error.Message,
        _ => $"{Error.GetType().Name}: {Error.Message}",
    };
}
