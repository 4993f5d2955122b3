using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>What of the base stack roles speak of.</summary>
internal sealed record BaseResources(
    StackResource Bucket, StackResource Database, IReadOnlyDictionary<FleetImage, StackResource> Repositories, IReadOnlyList<StackResource> LogGroups);
