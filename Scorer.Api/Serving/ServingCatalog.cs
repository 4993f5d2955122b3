using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// The models as requests see them: one volatile reference to an immutable snapshot. A request reads the reference once and
/// keeps what it found; the manager alone replaces it.
/// </summary>
internal sealed class ServingCatalog
{
    private volatile ServingSnapshot _current = ServingSnapshot.Empty;

    public ServingSnapshot Current => _current;

    /// <summary>Called after each change, before the one who made it goes on: what it does must not wait.</summary>
    public Action<ServingSnapshot>? Changed { get; set; }

    public void Publish(ServingSnapshot snapshot)
    {
        _current = snapshot;
        Changed?.Invoke(snapshot);
    }
}

/// <summary>All models at one moment. Never changed after it was published.</summary>
/// <param name="Models">The known models by name.</param>
internal sealed record ServingSnapshot(IReadOnlyDictionary<string, ServedModel> Models)
{
    public static readonly ServingSnapshot Empty = new(new Dictionary<string, ServedModel>());

    /// <summary>True when there are answers: what is loaded meanwhile must not take the processor from them.</summary>
    public bool Answers => Models.Values.Any(m => m.Champion is not null);

    public ServedModel? Find(string name) => Models.TryGetValue(name, out var model) ? model : null;

    /// <summary>This snapshot with one model's entry replaced.</summary>
    public ServingSnapshot With(ServedModel model) =>
        new(new Dictionary<string, ServedModel>(Models, StringComparer.Ordinal) { [model.Name] = model });
}

/// <summary>One model at one moment.</summary>
/// <param name="Name">The name.</param>
/// <param name="Required">True when readiness waits for it.</param>
/// <param name="Champion">What serves under the alias; null until a version is loaded.</param>
/// <param name="Loaded">The versions in memory.</param>
/// <param name="Wanted">The version that the alias names.</param>
/// <param name="Problem">Why the wanted version is not served, or why the alias cannot be read.</param>
/// <param name="Versions">What became of the latest versions, the newest first.</param>
internal sealed record ServedModel(
    string Name,
    bool Required,
    Servable? Champion,
    IReadOnlyList<Servable> Loaded,
    int? Wanted,
    string? Problem,
    IReadOnlyList<VersionStatus> Versions)
{
    /// <summary>The alias's setting; null while it is unknown or was never set.</summary>
    public AliasSetting? Setting { get; init; }
}
