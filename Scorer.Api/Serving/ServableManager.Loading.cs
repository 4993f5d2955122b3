using Analytics.Registry.Database;

namespace Analytics.Scorer.Api.Serving;

/// <content>Loads: begun under the lock, carried out beside it, taken in under it.</content>
internal sealed partial class ServableManager
{
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

        await TidyCacheAsync(state, outcome.Loaded);
    }

    private void Finish(ModelState state, int version, LoadOutcome outcome)
    {
        if (outcome.Loaded is { } loaded)
        {
            state.Failures.Remove(version);
            loaded.Role = alias.IsChampion ? PredictionRole.Champion : PredictionRole.Challenger;
            state.Loaded.Add(loaded);
            Report(state, new VersionStatus(version, VersionState.Ready, null, time.GetUtcNow(), Engine: loaded.Scorer.Engine));
            telemetry.ModelLoaded(state.Name, alias.Name, succeeded: true);
        }
        else if (outcome is { Error: { } error, Reason: { } reason })
        {
            var attempts = state.Failures.TryGetValue(version, out var before) ? before.Attempts + 1 : 1;
            var failure = state.Failures[version] = new LoadFailure(attempts, time.GetUtcNow(), outcome.StoreAway);
            var delay = ServingPolicy.RetryDelay(failure, _retries);
            Report(state, new VersionStatus(version, VersionState.Failed, reason, failure.At, attempts, failure.At + delay));
            telemetry.ModelLoaded(state.Name, alias.Name, succeeded: false);
            ServingLog.LoadFailed(logger, error, state.Name, version, attempts, delay, state.Serving?.Version, reason);
        }
        else
        {
            Report(state, version, VersionState.Retired, "No longer wanted while it was loaded.");
        }
    }
}
