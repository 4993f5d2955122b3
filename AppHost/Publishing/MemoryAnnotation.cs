namespace Analytics.AppHost.Publishing;

/// <summary>The most memory that a service may use where it is published.</summary>
/// <param name="MiB">In MiB.</param>
internal sealed record MemoryAnnotation(int MiB) : IResourceAnnotation;
