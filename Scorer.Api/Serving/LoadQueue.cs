using Analytics.Registry.Store;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>Loads versions, so many at once and each within a bounded time. It never throws: what went wrong is the outcome.</summary>
internal sealed class LoadQueue(ServableLoader loader, IOptions<ScorerOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.MaxParallelLoads);

    /// <summary>Waits for a slot and loads; the token is cancelled when the version is no longer wanted.</summary>
    public async Task<LoadOutcome> LoadAsync(string model, int version, CachedChampion? cached, CancellationToken cancellationToken)
    {
        try
        {
            await _slots.WaitAsync(cancellationToken);
            try
            {
                // The time starts with the work, not with the wait for other loads.
                using var timeout = new CancellationTokenSource(options.Value.LoadTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
                return new LoadOutcome(await loader.LoadAsync(model, version, cached, either.Token), null);
            }
            finally
            {
                _slots.Release();
            }
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

    public void Dispose() => _slots.Dispose();
}

/// <summary>How a load ended: with a servable, with an error, or, with neither, because the version was no longer wanted.</summary>
internal readonly record struct LoadOutcome(Servable? Loaded, Exception? Error)
{
    /// <summary>The sentence for the operator.</summary>
    public string? Reason => Error switch
    {
        null => null,
        StoreException or InvalidDataException or TimeoutException => Error.Message,
        _ => $"{Error.GetType().Name}: {Error.Message}",
    };
}
