namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Which step a model's serving takes next. A pure function of state and clock, so that every case is a line of a table test.
/// It prefers availability: a version is unloaded only after the one wanted in its place serves.
/// </summary>
internal static class ServingPolicy
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The pause after the n-th failure in a row (n from 1): 1, 2, 4 … 60 seconds; once the attempts are used up, the plan's
    /// interval. A store that is away uses up none: that is no fault of the version.
    /// </summary>
    public static TimeSpan RetryDelay(LoadFailure failure, RetryPlan plan) =>
        failure.Attempts >= plan.Attempts && !failure.StoreAway ? plan.Interval
        : failure.Attempts > 6 ? MaxDelay
        : TimeSpan.FromSeconds(1 << (Math.Max(1, failure.Attempts) - 1));

    /// <summary>The next step. The caller takes it and asks again, until the answer is to wait.</summary>
    public static ServingAction Decide(ModelServing model, DateTimeOffset now)
    {
        if (model.IsDismissed)
        {
            return model.Loading is { } unwanted ? ServingAction.Cancel(unwanted)
                : model.Loaded.Count > 0 ? ServingAction.Unload(model.Loaded[0])
                : ServingAction.Nothing;
        }

        if (model.Loading is { } loading)
        {
            return loading == model.Wanted || (loading == model.Fallback && model.Serving is null)
                ? ServingAction.Nothing
                : ServingAction.Cancel(loading);
        }

        if (model.Wanted is { } wanted && model.Loaded.Contains(wanted) && model.Serving != wanted)
        {
            return ServingAction.Serve(wanted);
        }

        foreach (var version in model.Loaded)
        {
            var awaitsItsTurn = model.Serving is null && version == model.Fallback;
            if (version != model.Serving && version != model.Wanted && !awaitsItsTurn)
            {
                return ServingAction.Unload(version);
            }
        }

        var retryAt = (DateTimeOffset?)null;
        if (model.Wanted is { } target && model.Serving != target)
        {
            var at = RetryTime(model, target) ?? DateTimeOffset.MinValue;
            // A third version in memory waits until the requests on the retired one have ended, or have had their time.
            var room = model.Serving is null ? DateTimeOffset.MinValue : model.DrainedBy ?? DateTimeOffset.MinValue;
            at = at > room ? at : room;
            if (at <= now)
            {
                return ServingAction.Load(target);
            }

            retryAt = at;
        }

        // The last good version from the cache: better than no answer, while the store is away or the wanted one is broken.
        var helpless = model.Serving is null && (model.Wanted is null ? model.StoreAway : retryAt is not null);
        if (helpless && model.Fallback is { } fallback && fallback != model.Wanted)
        {
            if (model.Loaded.Contains(fallback))
            {
                return ServingAction.Serve(fallback);
            }

            if (RetryTime(model, fallback) is not { } at || at <= now)
            {
                return ServingAction.Load(fallback);
            }

            retryAt = retryAt < at ? retryAt : at;
        }

        return retryAt is { } time ? ServingAction.RetryAt(time) : ServingAction.Nothing;
    }

    private static DateTimeOffset? RetryTime(ModelServing model, int version) =>
        model.Failures.TryGetValue(version, out var failure) ? failure.At + RetryDelay(failure, model.Retries) : null;
}

/// <summary>The state of one model, as the policy sees it.</summary>
internal sealed record ModelServing
{
    /// <summary>The version that the alias names; null while unknown or never set.</summary>
    public int? Wanted { get; init; }

    /// <summary>True when no version is wanted at all: what is loaded is let go.</summary>
    public bool IsDismissed { get; init; }

    /// <summary>True when the store's last answer was an error and the alias has never been read.</summary>
    public bool StoreAway { get; init; }

    /// <summary>The last good version of an earlier process, from the local cache.</summary>
    public int? Fallback { get; init; }

    /// <summary>The version that answers.</summary>
    public int? Serving { get; init; }

    /// <summary>The versions in memory, the serving one among them.</summary>
    public IReadOnlyList<int> Loaded { get; init; } = [];

    /// <summary>The version being loaded; one at a time.</summary>
    public int? Loading { get; init; }

    /// <summary>Set while requests still run on a retired version: until when the next load waits for them at most.</summary>
    public DateTimeOffset? DrainedBy { get; init; }

    /// <summary>The failures in a row, by version.</summary>
    public IReadOnlyDictionary<int, LoadFailure> Failures { get; init; } = new Dictionary<int, LoadFailure>();

    /// <summary>How often failures are tried again.</summary>
    public required RetryPlan Retries { get; init; }
}

/// <summary>Failed loads of a version.</summary>
/// <param name="Attempts">How many in a row, from 1.</param>
/// <param name="At">When the last one failed.</param>
/// <param name="StoreAway">True when the store did not answer, rather than answer with something broken.</param>
internal sealed record LoadFailure(int Attempts, DateTimeOffset At, bool StoreAway = false);

/// <summary>How often a version that cannot be loaded is tried again.</summary>
/// <param name="Attempts">Attempts with growing pauses.</param>
/// <param name="Interval">The pause after each one that follows.</param>
internal sealed record RetryPlan(int Attempts, TimeSpan Interval);

/// <summary>One step.</summary>
internal readonly record struct ServingAction(ServingStep Step, int Version = 0, DateTimeOffset? At = null)
{
    public static ServingAction Nothing => new(ServingStep.Nothing);

    public static ServingAction Load(int version) => new(ServingStep.Load, version);

    public static ServingAction Cancel(int version) => new(ServingStep.Cancel, version);

    public static ServingAction Serve(int version) => new(ServingStep.Serve, version);

    public static ServingAction Unload(int version) => new(ServingStep.Unload, version);

    public static ServingAction RetryAt(DateTimeOffset at) => new(ServingStep.RetryAt, At: at);
}

/// <summary>The kinds of step.</summary>
internal enum ServingStep
{
    /// <summary>Wait for the next event.</summary>
    Nothing,

    /// <summary>Fetch, verify and load the version.</summary>
    Load,

    /// <summary>Stop loading a version that is no longer wanted.</summary>
    Cancel,

    /// <summary>Let the loaded version answer.</summary>
    Serve,

    /// <summary>Let the version go once its requests have ended.</summary>
    Unload,

    /// <summary>Ask again at that time.</summary>
    RetryAt,
}
