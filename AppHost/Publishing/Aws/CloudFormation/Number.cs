namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>A whole number.</summary>
internal sealed record Number(long Content) : Value;
