using Aspire.Hosting.Publishing;

namespace Analytics.AppHost.Publishing;

/// <summary>The default of a secret that need not be given.</summary>
internal sealed class EmptyDefault : ParameterDefault
{
    /// <inheritdoc/>
    public override string GetDefaultValue() => "";

    /// <inheritdoc/>
    public override void WriteToManifest(ManifestPublishingContext context) => context.Writer.WriteString("value", "");
}
