using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Serving;

/// <summary>An alias whose versions a manager keeps loaded.</summary>
/// <param name="Name">The alias.</param>
/// <param name="Catalog">Where the manager publishes them.</param>
/// <param name="Champions">
/// Of an alias beside the champion: what the champions are. A version that is one needs no second place, and where the alias is gone,
/// so are its versions; a champion is never let go for such a reason.
/// </param>
internal sealed record ServedAlias(string Name, ServingCatalog Catalog, ServingCatalog? Champions = null)
{
    /// <summary>True for the alias that callers get their answers from.</summary>
    public bool IsChampion => Champions is null;

    /// <summary>The versions loaded under the other alias: their files stay in the cache too.</summary>
    public IEnumerable<Manifest> Others() => Champions?.Current.Models.Values.SelectMany(m => m.Loaded).Select(s => s.Manifest) ?? [];

    /// <summary>True when no version has to be loaded for the setting.</summary>
    public bool Dismisses(string model, AliasSetting? setting) =>
        Champions is { } champions && (setting is null || champions.Current.Find(model)?.Champion?.Version == setting.Version);
}
