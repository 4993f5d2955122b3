using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Registry.Store;

/// <summary>The store's layout, in one place. Names are checked, so a key never leaves its folder.</summary>
public static class StoreKeys
{
    /// <summary>The folder of all models.</summary>
    public const string Models = "models/";

    /// <summary>The folder of all data sets.</summary>
    public const string Datasets = "datasets/";

    /// <summary>A model's versions; the trailing slash keeps <c>iris</c> and <c>iris-2</c> apart.</summary>
    public static string Versions(string model) => $"models/{RegistryName.RequireModel(model)}/versions/";

    /// <summary>A version's manifest: eight digits, so that key order is version order.</summary>
    public static string Manifest(string model, int version) =>
        string.Create(CultureInfo.InvariantCulture, $"models/{RegistryName.RequireModel(model)}/versions/{version:D8}.json");

    /// <summary>A content-addressed file.</summary>
    public static string Blob(string model, string sha256) => $"models/{RegistryName.RequireModel(model)}/blobs/{RequireSha(sha256)}";

    /// <summary>The current setting of an alias.</summary>
    public static string Alias(string model, string alias) =>
        $"models/{RegistryName.RequireModel(model)}/aliases/{RegistryName.RequireModel(alias)}.json";

    /// <summary>The folder of an alias's past settings.</summary>
    public static string AliasHistory(string model, string alias) =>
        $"models/{RegistryName.RequireModel(model)}/aliases/{RegistryName.RequireModel(alias)}/";

    /// <summary>One past setting of an alias.</summary>
    public static string AliasHistory(string model, string alias, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{AliasHistory(model, alias)}{sequence:D4}.json");

    /// <summary>The folder of a data set.</summary>
    public static string Dataset(string dataset) => $"datasets/{RegistryName.RequireDataset(dataset)}/";

    /// <summary>The version number of a manifest's key, or null for another key.</summary>
    public static int? VersionOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var name = key.AsSpan(key.LastIndexOf('/') + 1);
        return name.EndsWith(".json", StringComparison.Ordinal)
            && int.TryParse(name[..^5], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
                ? version
                : null;
    }

    private static string RequireSha(string sha256) =>
        sha256 is { Length: 64 } && sha256.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'))
            ? sha256
            : throw new ArgumentException($"A SHA-256 has 64 lower-case hexadecimal digits; found '{sha256}'.", nameof(sha256));
}
