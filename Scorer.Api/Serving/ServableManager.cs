using Analytics.Registry.Models;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Carries out the policy's steps: loads versions in the background (a bounded number at once), swaps the snapshot that
/// requests read, retires what was replaced. Any number of threads may call it; its state changes under one lock, which is
/// never held while waiting.
/// </summary>
internal sealed class ServableManager(
    LoadQueue loads, ModelCache cache, ModelRegistry registry, ServingCatalog catalog, IOptions<ScorerOptions> options,
    ScorerTelemetry telemetry, TimeProvider time, ILogger<ServableManager> logger) : IAsyncDisposable
{
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

            var state = new ModelState(model, options.Value.RequiredModels.Contains(model), cache.Find(model));
            _models.Add(model, state);
            ServingLog.ModelKnown(logger, model, state.Fallback?.Manifest.Version);
            Publish(state);
        }
    }

    /// <summary>Takes the champion as the store has it now: a setting, or null for an alias never set.</summary>
    public void Observe(string model, AliasSetting? champion)
    {
        lock (_lock)
        {
            var state = _models[model];
            if (state.StoreProblem is not null)
            {
                ServingLog.AliasReadable(logger, model);
            }

            var changed = state.StoreProblem is not null || (champion is not null && champion != state.Wanted);
            state.StoreProblem = null;
            state.Want(champion);
            Step(state);
            if (changed)
            {
                Publish(state);
            }
        }
    }

    /// <summary>Takes that the champion is as it was when last read, and tries again what is due.</summary>
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
                ServingLog.AliasUnreadable(logger, model, reason);
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
            catalog.Publish(ServingSnapshot.Empty);
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

    private void StartLoading(ModelState state, int version)
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        state.Loading = (version, cancellation);
        if (!state.Failures.ContainsKey(version))
        {
            Report(state, version, VersionState.Loading, null);
        }

        // Off this thread: loading is work for the processor, and the caller polls.
        var load = Task.Run(() => LoadAsync(state, version, cancellation));
        _underWay.Add(load);
        _ = load.ContinueWith(
            done =>
            {
                lock (_lock)
                {
                    _underWay.Remove(done);
                }
            },
            TaskScheduler.Default);
    }

    private async Task LoadAsync(ModelState state, int version, CancellationTokenSource cancellation)
    {
        LoadOutcome outcome;
        using (cancellation)
        {
            var fallback = state.Fallback?.Manifest.Version == version ? state.Fallback : null;
            outcome = await loads.LoadAsync(state.Name, version, fallback, cancellation.Token);
            lock (_lock)
            {
                state.Loading = null;
                Finish(state, version, outcome);
                Step(state);
            }
        }

        if (outcome.Loaded is { } loaded)
        {
            await RememberAsync(state, loaded);
        }
    }

    private void Finish(ModelState state, int version, LoadOutcome outcome)
    {
        if (outcome.Loaded is { } loaded)
        {
            state.Failures.Remove(version);
            state.Loaded.Add(loaded);
            Report(state, version, VersionState.Ready, null, engine: loaded.Scorer.Engine);
            telemetry.ModelLoaded(state.Name, succeeded: true);
        }
        else if (outcome is { Error: { } error, Reason: { } reason })
        {
            var attempts = state.Failures.TryGetValue(version, out var before) ? before.Attempts + 1 : 1;
            state.Failures[version] = new LoadFailure(attempts, time.GetUtcNow());
            Report(state, version, VersionState.Failed, reason, attempts);
            telemetry.ModelLoaded(state.Name, succeeded: false);
            ServingLog.LoadFailed(
                logger, error, state.Name, version, attempts, ServingPolicy.RetryDelay(attempts), state.Serving?.Version, reason);
        }
        else
        {
            Report(state, version, VersionState.Retired, "No longer wanted while it was loaded.");
        }
    }

    private void Serve(ModelState state, int version)
    {
        var previous = state.Serving?.Version;
        state.Serve(version);
        Publish(state);
        ServingLog.Serving(logger, state.Name, version, state.Serving!.Scorer.Engine, previous);
    }

    private void Unload(ModelState state, int version)
    {
        var servable = state.Loaded.Single(s => s.Version == version);
        state.Loaded.Remove(servable);
        // Requests must not find it any more before its last lease ends.
        Report(state, version, VersionState.Retired, null);
        servable.Retire();
        ServingLog.Retired(logger, state.Name, version);
    }

    private async Task RememberAsync(ModelState state, Servable loaded)
    {
        try
        {
            List<Manifest> inUse;
            lock (_lock)
            {
                if (state.Serving != loaded)
                {
                    return;
                }

                inUse = [.. _models.Values.SelectMany(m => m.Loaded).Select(s => s.Manifest)];
            }

            await cache.RememberAsync(new CachedChampion(registry.Store.Location, loaded.Manifest), _stopping.Token);
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

    private void Report(
        ModelState state, int version, VersionState versionState, string? reason, int attempts = 0, string? engine = null)
    {
        state.Report(new VersionStatus(version, versionState, reason, time.GetUtcNow(), attempts, engine));
        Publish(state);
    }

    private void Publish(ModelState state) => catalog.Publish(catalog.Current.With(state.ForRequests()));
}
