namespace Analytics.Registry.Store;

/// <summary>
/// Where the models are (section <c>Store</c>). Credentials are no settings: they come from the AWS SDK's default chain
/// (<c>AWS_ACCESS_KEY_ID</c> and <c>AWS_SECRET_ACCESS_KEY</c>, a profile, the role of the container or instance).
/// </summary>
public sealed class StoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Store";

    /// <summary>
    /// <c>s3://bucket/prefix</c> or <c>file:///absolute/dir</c>. Default: <c>.data/store</c> under the content root; in
    /// Production there is none and it must be set.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>The endpoint of an S3-compatible server, such as <c>http://127.0.0.1:9000</c>. Default: none, which is AWS.</summary>
    public string? ServiceUrl { get; set; }

    /// <summary>
    /// True for <c>endpoint/bucket/key</c>, false for <c>bucket.endpoint/key</c>. Default: true where <see cref="ServiceUrl"/>
    /// is set, else false.
    /// </summary>
    public bool? ForcePathStyle { get; set; }

    /// <summary>
    /// The bucket's region, such as <c>eu-central-1</c>. Default: the AWS SDK's (<c>AWS_REGION</c>, profile, instance); with
    /// <see cref="ServiceUrl"/> <c>us-east-1</c>, which such servers sign for.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>
    /// When requests carry a checksum header and answers are checked against one. Default:
    /// <see cref="StoreChecksums.WhenSupported"/>. Some S3-compatible servers refuse the header: set
    /// <see cref="StoreChecksums.WhenRequired"/> there. Content is verified by SHA-256 in both modes.
    /// </summary>
    public StoreChecksums Checksums { get; set; } = StoreChecksums.WhenSupported;

    /// <summary>
    /// How long a call may take, retries included; a transfer, how long for each <see cref="StoreLimits.MinTransferBytes"/>;
    /// a replacement in a directory, how long it waits for another one. Default 30 s, from 1 s to 10 min.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the AWS SDK tries a request again after a 5xx, throttling or a broken connection. Default 3, from 0 to 10.</summary>
    public int MaxRetries { get; set; } = 3;
}

/// <summary>When S3 requests carry checksums.</summary>
public enum StoreChecksums
{
    /// <summary>Wherever the operation knows one: the AWS SDK's default.</summary>
    WhenSupported,

    /// <summary>Only where the operation demands one.</summary>
    WhenRequired,
}
