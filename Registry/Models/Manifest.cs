using System.Text.Json;

namespace Analytics.Registry.Models;

/// <summary>
/// The document whose creation commits a version (<c>models/{model}/versions/{00000007}.json</c>). It is immutable, and it
/// names only blobs that are already in the store.
/// </summary>
public sealed record Manifest
{
    /// <summary>The format that this code writes; a reader refuses a higher one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of this document.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The training run that made it; one run commits at most one version.</summary>
    public required Guid RunId { get; init; }

    /// <summary>When the manifest was written (UTC).</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The algorithm, as a run names it: <c>random-forest</c>, <c>lightgbm</c> …</summary>
    public required string Algorithm { get; init; }

    /// <summary>The algorithm's parameters, all of them, defaults included.</summary>
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>What the model takes and gives.</summary>
    public required Signature Signature { get; init; }

    /// <summary>Metrics on the hold-out by name, such as <c>accuracy</c> (0 to 1) and <c>logLoss</c> (nats).</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The gate's verdict; null where no gate was asked.</summary>
    public GateVerdict? Gate { get; init; }

    /// <summary>What it was trained on.</summary>
    public DataFingerprint? Data { get; init; }

    /// <summary>The version of the code that trained it.</summary>
    public string? CodeVersion { get; init; }

    /// <summary>The version's files; exactly one has the role <see cref="FileRole.Model"/>.</summary>
    public required IReadOnlyList<ModelFile> Files { get; init; }

    /// <summary>Sentences an operator should see: columns left out, classes with few held-out rows …</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The file with the given role, or null.</summary>
    public ModelFile? File(string role) => Files.FirstOrDefault(f => f.Role == role);
}

/// <summary>What every format of a manifest has.</summary>
/// <param name="Format">The format; documents without one are of the first.</param>
public sealed record ManifestFormat(int Format = 1);

/// <summary>One content-addressed file of a version (<c>models/{model}/blobs/{sha256}</c>).</summary>
/// <param name="Role">What it is for, see <see cref="FileRole"/>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">SHA-256 of the content, 64 lower-case hexadecimal digits.</param>
public sealed record ModelFile(string Role, long Size, string Sha256);

/// <summary>The roles that files have in a manifest.</summary>
public static class FileRole
{
    /// <summary>The ONNX graph.</summary>
    public const string Model = "model";

    /// <summary>Golden rows: inputs with the outputs the trainer computed.</summary>
    public const string Golden = "golden";

    /// <summary>The training data's per-column statistics.</summary>
    public const string Profile = "profile";

    /// <summary>The evaluation report.</summary>
    public const string Report = "report";
}

/// <summary>What a version was trained on.</summary>
/// <param name="Dataset">The data set's name.</param>
/// <param name="Sha256">SHA-256 over the data as read, lower-case hexadecimal.</param>
/// <param name="Rows">All usable rows.</param>
/// <param name="TrainRows">Rows the model was fitted on.</param>
/// <param name="HoldoutRows">Rows held out.</param>
/// <param name="Split">Identifies the split (salt, columns and share); versions of other splits are not comparable.</param>
public sealed record DataFingerprint(string Dataset, string Sha256, long Rows, long TrainRows, long HoldoutRows, string Split)
{
    /// <summary>Where rows are held out by time: the first value held out, a number or a date; null for other splits.</summary>
    public string? Cut { get; init; }
}

/// <summary>What the gate decided about a version, and on what numbers.</summary>
/// <param name="Promote">True when the version became (or would become) champion.</param>
/// <param name="Reason">The sentence.</param>
/// <param name="Metric">The metric compared, such as <c>accuracy</c>.</param>
/// <param name="Candidate">The candidate's value on the hold-out.</param>
/// <param name="Champion">The champion's value on the same rows, or null when there is none or it is not comparable.</param>
/// <param name="ChampionVersion">The champion compared with.</param>
public sealed record GateVerdict(
    bool Promote,
    string Reason,
    string? Metric = null,
    double? Candidate = null,
    double? Champion = null,
    int? ChampionVersion = null)
{
    /// <summary>The policy asked for: <c>auto</c>, <c>better</c>, <c>never</c> or <c>force</c>.</summary>
    public string? Policy { get; init; }

    /// <summary>Who forced it.</summary>
    public string? By { get; init; }

    /// <summary>Why it was forced, in that person's words.</summary>
    public string? Why { get; init; }

    /// <summary>The metric of the majority class, or the mean, on the same rows.</summary>
    public double? Baseline { get; init; }

    /// <summary>The held-out rows.</summary>
    public int? Rows { get; init; }

    /// <summary>How much worse, relative to the champion, is not worse.</summary>
    public double? Tolerance { get; init; }

    /// <summary>The comparison with the champion; null when there was none.</summary>
    public GateComparison? Comparison { get; init; }
}

/// <summary>A candidate and the champion on the same held-out rows, over paired bootstrap samples.</summary>
/// <param name="Worsening">By how much the candidate is worse, in the metric's unit; negative when it is better.</param>
/// <param name="Low">The lower end of its 90 % interval.</param>
/// <param name="High">The upper end.</param>
/// <param name="Allowed">The worsening that the tolerance allows.</param>
/// <param name="WithinShare">The share of the samples whose worsening is at most that.</param>
/// <param name="BetterShare">The share of the samples in which the candidate is better.</param>
/// <param name="Samples">The samples drawn.</param>
public sealed record GateComparison(
    double Worsening, double Low, double High, double Allowed, double WithinShare, double BetterShare, int Samples);
