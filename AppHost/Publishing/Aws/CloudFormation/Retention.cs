namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>How a resource that holds data outlives its stack, when it is deleted and when it is replaced alike.</summary>
internal enum Retention
{
    /// <summary>It stays as it is.</summary>
    Retain,

    /// <summary>A snapshot of it stays.</summary>
    Snapshot,
}
