using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>A role's group with what its instances are made from.</summary>
internal sealed record RoleGroup(InstanceRole Role, StackResource LaunchTemplate, StackResource Group);
