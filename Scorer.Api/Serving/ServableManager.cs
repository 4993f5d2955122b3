using Analytics.Registry.Models;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Carries out the policy's steps: loads versions in the background (a bounded number at once), swaps the snapshot that
/// requests read, retires what was replaced. Any number of threads may call it; its state changes under one lock, which is
/// never held while waiting.
/// </summary>
internal sealed partial class ServableManager(
    ServedAlias alias, LoadQueue loads, ModelCache cache, ModelRegistry registry, IOptions<ScorerOptions> options,
    ScorerTelemetry telemetry, TimeProvider time, ILogger<ServableManager> logger) : IAsyncDisposable
{
    private readonly RetryPlan _retries = new(options.Value.LoadAttempts, options.Value.LoadRetryInterval);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ModelState> _models = new(StringComparer.Ordinal);
    private readonly HashSet<Task> _underWay = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Makes the model known; a known one stays as it is.</summary>
    public void Know(string model)
    {
        lock (_lock)
        {
            if (_models.ContainsKey(model))
            {
                return;
            }

            var state = alias.IsChampion
                ? new ModelState(model, true, options.Value.RequiredModels.Contains(model), cache.Find(model), _retries)
                : new ModelState(model, false, false, null, _retries);
            _models.Add(model, state);
            if (alias.IsChampion)
            {
                ServingLog.ModelKnown(logger, model, state.Fallback?.Manifest.Version);
            }

            Publish(state);
        }
    }

    /// <summary>Takes the alias as the store has it now: a setting, or null for an alias never set.</summary>
    public void Observe(string model, AliasSetting? setting)
    {
        lock (_lock)
        {
            var state = _models[model];
            if (state.StoreProblem is not null)
            {
                ServingLog.AliasReadable(logger, model, alias.Name);
            }

            var before = (state.Wanted, state.IsDismissed);
            var changed = state.StoreProblem is not null;
            state.StoreProblem = null;
            state.Want(setting);
            state.IsDismissed = alias.Dismisses(model, state.Wanted);
            changed |= before != (state.Wanted, state.IsDismissed);
            Step(state);
            if (changed)
            {
                Publish(state);
            }
        }
    }

    /// <summary>Takes that the alias is as it was when last read, and tries again what is due.</summary>
    public void ObserveUnchanged(string model)
    {
        lock (_lock)
        {
            Observe(model, _models[model].Wanted);
        }
    }

    /// <summary>Takes that the store did not answer; nothing that serves changes.</summary>
    public void ObserveProblem(string model, string reason)
    {
        lock (_lock)
        {
            var state = _models[model];
            if (state.StoreProblem is null)
            {
                ServingLog.AliasUnreadable(logger, model, alias.Name, reason);
            }

            var changed = state.StoreProblem != reason;
            state.StoreProblem = reason;
            Step(state);
            if (changed)
            {
                Publish(state);
            }
        }
    }

    /// <summary>Takes that the store is slow to answer: of interest only while nothing serves, and then the cache may.</summary>
    public void ObserveSilence(string model, string reason)
    {
        lock (_lock)
        {
            if (_models[model].Serving is null)
            {
                ObserveProblem(model, reason);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] underWay;
        lock (_lock)
        {
            underWay = [.. _underWay];
        }

        await Task.WhenAll(underWay);
        lock (_lock)
        {
            alias.Catalog.Publish(ServingSnapshot.Empty);
            foreach (var servable in _models.Values.SelectMany(m => m.Loaded))
            {
                servable.Retire();
            }

            _models.Clear();
        }

        _stopping.Dispose();
    }

    private void Step(ModelState state)
    {
        while (true)
        {
            var action = ServingPolicy.Decide(state.ForPolicy(), time.GetUtcNow());
            switch (action.Step)
            {
                case ServingStep.Load:
                    StartLoading(state, action.Version);
                    return;
                case ServingStep.Cancel:
                    // On another thread: what it wakes must not run under this lock.
                    _ = state.Loading!.Value.Cancellation.CancelAsync();
                    return;
                case ServingStep.Serve:
                    Serve(state, action.Version);
                    break;
                case ServingStep.Unload:
                    Unload(state, action.Version);
                    break;
                default:
                    return;
            }
        }
    }

    private void Serve(ModelState state, int version)
    {
        var previous = state.Serving?.Version;
        state.Serve(version);
        Publish(state);
        ServingLog.Serving(logger, state.Name, version, alias.Name, state.Serving!.Scorer.Engine, previous);
    }

    private void Unload(ModelState state, int version)
    {
        var servable = state.Loaded.Single(s => s.Version == version);
        state.Loaded.Remove(servable);
        state.Draining.Add(servable, time.GetUtcNow() + options.Value.DrainTimeout);
        // Requests must not find it any more before its last lease ends.
        Report(state, version, VersionState.Retired, "Requests that began on it are still under way.");
        // Freed by the last of them, whose thread has an answer to send.
        servable.Retire(() => ThreadPool.UnsafeQueueUserWorkItem(_ => Free(state, servable), null));
    }

    private void Free(ModelState state, Servable servable)
    {
        lock (_lock)
        {
            state.Draining.Remove(servable);
            ServingLog.Retired(logger, state.Name, servable.Version);
            if (state.Status(servable.Version) is { State: VersionState.Retired } status)
            {
                Report(state, status with { Reason = null });
            }

            // A version may have waited for the room.
            Step(state);
        }
    }

    private async Task TidyCacheAsync(ModelState state, Servable? loaded)
    {
        try
        {
            List<Manifest> inUse;
            bool serves;
            lock (_lock)
            {
                serves = alias.IsChampion && loaded is not null && state.Serving == loaded;
                inUse = [.. _models.Values.SelectMany(m => m.Loaded).Select(s => s.Manifest), .. alias.Others()];
            }

            if (serves)
            {
                await cache.RememberAsync(new CachedChampion(registry.Store.Location, loaded!.Manifest), _stopping.Token);
            }

            // After a failure too: versions that never serve must not fill the disk.
            cache.Trim(inUse);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ServingLog.CacheFailed(logger, e);
        }
        catch (OperationCanceledException)
        {
            // The process ends; the next one asks the store.
        }
    }

    private void Report(ModelState state, int version, VersionState versionState, string? reason) =>
        Report(state, new VersionStatus(version, versionState, reason, time.GetUtcNow()));

    private void Report(ModelState state, VersionStatus status)
    {
        state.Report(status);
        Publish(state);
    }

    private void Publish(ModelState state) => alias.Catalog.Publish(alias.Catalog.Current.With(state.ForRequests()));
}
