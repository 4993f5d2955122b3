namespace Analytics.Benchmarks.Reload;

/// <summary>Which versions are published, in which order.</summary>
internal static class ReloadSchedule
{
    private static readonly PublicationFault[] Faults = Enum.GetValues<PublicationFault>();

    /// <summary>A first whole version of each model, to start with; then the models in turns, every third version broken, in turns.</summary>
    public static IReadOnlyList<Publication> Make(IReadOnlyList<TrainedVariant[]> models, int publishes)
    {
        var publications = models.Select(variants => new Publication(variants[0], 1, null)).ToList();
        var versions = models.Select(_ => 1).ToArray();
        for (var i = 0; i < publishes; i++)
        {
            var model = i % models.Count;
            var version = ++versions[model];
            var variants = models[model];
            publications.Add(new Publication(
                variants[(version - 1) % variants.Length], version, i % 3 == 2 ? Faults[i / 3 % Faults.Length] : null));
        }

        return publications;
    }
}
