namespace Analytics.Benchmarks.Reload;

/// <summary>A version that is published in the run.</summary>
/// <param name="Variant">Whose answers it gives.</param>
/// <param name="Version">Its number.</param>
/// <param name="Fault">What is wrong with it; null: nothing.</param>
internal sealed record Publication(TrainedVariant Variant, int Version, PublicationFault? Fault)
{
    /// <summary>When the alias was about to name it (a Stopwatch time stamp).</summary>
    public long At { get; set; }

    public string Model => Variant.Model;
}

/// <summary>The ways in which a version is broken.</summary>
internal enum PublicationFault
{
    /// <summary>The graph's blob ends early.</summary>
    TruncatedBlob,

    /// <summary>A byte of the graph's blob is another one.</summary>
    WrongHash,

    /// <summary>The golden rows' answers are another model's.</summary>
    WrongGoldenRows,

    /// <summary>The graph's blob is a text.</summary>
    NotOnnx,

    /// <summary>The manifest says that it is another model's.</summary>
    OtherModelsManifest,

    /// <summary>The graph's blob is not there.</summary>
    MissingBlob,
}
