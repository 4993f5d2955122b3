namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>Text as it stands; CloudFormation replaces nothing in it.</summary>
internal sealed record Text(string Content) : Value;
