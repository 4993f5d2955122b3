namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>True or false.</summary>
internal sealed record Flag(bool Content) : Value;
