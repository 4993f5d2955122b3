using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Serving;

/// <summary>What the manager knows of one model. Changed under the manager's lock only.</summary>
internal sealed class ModelState(string name, bool isChampion, bool required, CachedChampion? fallback, RetryPlan retries)
{
    private const int KeptStatuses = 20;

    private readonly List<VersionStatus> _statuses = [];

    public string Name => name;

    public CachedChampion? Fallback => fallback;

    public AliasSetting? Wanted { get; private set; }

    /// <summary>Why the alias cannot be read; null while it can.</summary>
    public string? StoreProblem { get; set; }

    public Servable? Serving { get; private set; }

    public List<Servable> Loaded { get; } = [];

    /// <summary>What is retired and still answers the requests that began on it, with the time until which the next load waits for it.</summary>
    public Dictionary<Servable, DateTimeOffset> Draining { get; } = [];

    public (int Version, CancellationTokenSource Cancellation)? Loading { get; set; }

    public Dictionary<int, LoadFailure> Failures { get; } = [];

    /// <summary>Takes the alias's setting. A setting made anew, for the same version too, starts without old failures.</summary>
    public void Want(AliasSetting? setting)
    {
        if (setting is not null && setting.Sequence != Wanted?.Sequence)
        {
            Failures.Clear();
        }

        // A champion that was there is not unset by its absence: what serves keeps serving.
        Wanted = setting ?? (isChampion ? Wanted : null);
    }

    /// <summary>Whether any version is wanted; without, none serves any more.</summary>
    public bool IsDismissed
    {
        get;
        set
        {
            field = value;
            Serving = value ? null : Serving;
        }
    }

    public void Serve(int version) => Serving = Loaded.Single(s => s.Version == version);

    public void Report(VersionStatus status)
    {
        _statuses.RemoveAll(s => s.Version == status.Version);
        _statuses.Insert(0, status);
        if (_statuses.Count > KeptStatuses)
        {
            // What is in memory, or wanted, stays visible, however many others have failed since.
            _statuses.RemoveAt(_statuses.FindLastIndex(
                s => s.Version != Wanted?.Version && s.Version != status.Version && Loaded.All(l => l.Version != s.Version)));
        }
    }

    /// <summary>The version's latest status.</summary>
    public VersionStatus? Status(int version) => _statuses.Find(s => s.Version == version);

    public ModelServing ForPolicy() => new()
    {
        Wanted = Wanted?.Version,
        IsDismissed = IsDismissed,
        StoreAway = StoreProblem is not null,
        Fallback = fallback?.Manifest.Version,
        Serving = Serving?.Version,
        Loaded = [.. Loaded.Select(s => s.Version)],
        Loading = Loading?.Version,
        DrainedBy = Draining.Count == 0 ? null : Draining.Values.Max(),
        Failures = Failures,
        Retries = retries,
    };

    public ServedModel ForRequests() => new(
        name,
        required,
        Serving,
        [.. Loaded],
        Wanted?.Version,
        !IsDismissed && Wanted is { } wanted && wanted.Version != Serving?.Version
            ? Status(wanted.Version)?.Reason ?? StoreProblem
            : StoreProblem,
        [.. _statuses])
    {
        Setting = Wanted,
    };
}
