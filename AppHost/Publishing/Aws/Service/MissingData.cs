namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>What a minute without a value means, as CloudWatch spells it.</summary>
internal static class MissingData
{
    /// <summary>Nothing happened: what counts failures is silent while there are none.</summary>
    public const string Good = "notBreaching";

    /// <summary>The source is not there: what comes each minute does not stop by itself.</summary>
    public const string Bad = "breaching";
}
