using System.ComponentModel.DataAnnotations;
using Analytics.Registry.Models;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api;

/// <summary>What the scorer serves, and its bounds (section <c>Scorer</c>).</summary>
public sealed class ScorerOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Scorer";

    /// <summary>The model behind <c>POST /predict</c>; empty: that route answers 404. Counts as one of <see cref="Models"/>.</summary>
    public string DefaultModel { get; set; } = "";

    /// <summary>The models that must be served: the scorer is ready when each has a loaded version.</summary>
    public IList<string> Models { get; } = [];

    /// <summary>Serve every model under the store's prefix too. Default: true.</summary>
    public bool DiscoverModels { get; set; } = true;

    /// <summary>How often the models under the prefix are looked up. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan DiscoverInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often each model's champion alias is asked for. Default: 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one look at the store may take. Default: 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a version may take to be fetched, verified and loaded. Default: 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a version that cannot be loaded is tried with growing pauses (1 s to 60 s). Default: 10.</summary>
    [Range(1, 1_000)]
    public int LoadAttempts { get; set; } = 10;

    /// <summary>How often it is tried after that; setting its alias anew begins again at once. Default: 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LoadRetryInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a version waits to be loaded while requests still run on a retired one of its model. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many versions are loaded at once. Default: 2.</summary>
    [Range(1, 64)]
    public int MaxParallelLoads { get; set; } = 2;

    /// <summary>The largest model file that is loaded, in bytes. Default: 512 MB.</summary>
    [Range(1, 2_000_000_000)]
    public long MaxModelBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// The folder for fetched blobs and for the last good version of each model, from which a scorer starts while the store
    /// is away. Default: <c>analytics-scorer</c> in the system's folder for temporary files.
    /// </summary>
    [Required]
    public string CacheFolder { get; set; } = Path.Combine(Path.GetTempPath(), "analytics-scorer");

    /// <summary>How large the folder's blobs may grow; those of loaded versions always stay. Default: 2 GB.</summary>
    [Range(0, long.MaxValue)]
    public long MaxCacheBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>The largest JSON body, in bytes; a larger one is answered with 413. Default: 10 MB.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxBodyBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>The longest row of a CSV or NDJSON body, in bytes; a longer one ends the request. Default: 1 MB.</summary>
    [Range(16, 100_000_000)]
    public int MaxRowBytes { get; set; } = 1024 * 1024;

    /// <summary>The most rows in one JSON request; more are answered with 413. Default: 50,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxRows { get; set; } = 50_000;

    /// <summary>The port for gRPC (HTTP/2 in clear text), on the host of the first address. Default: 0, no gRPC; 5002 is the customary one.</summary>
    [Range(0, 65_535)]
    public int GrpcPort { get; set; }

    /// <summary>The models that must be served, without repetition.</summary>
    internal IReadOnlyList<string> RequiredModels =>
        [.. Models.Concat(DefaultModel.Length > 0 ? [DefaultModel] : []).Distinct(StringComparer.Ordinal)];
}

/// <summary>Checks what the attributes cannot: the names.</summary>
internal sealed class ScorerOptionsValidator : IValidateOptions<ScorerOptions>
{
    public ValidateOptionsResult Validate(string? name, ScorerOptions options)
    {
        var bad = options.RequiredModels.Where(m => !RegistryName.IsModel(m)).ToList();
        return bad.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(bad.Select(m => $"Scorer:Models or Scorer:DefaultModel: {RegistryName.ModelForm(m)}"));
    }
}
