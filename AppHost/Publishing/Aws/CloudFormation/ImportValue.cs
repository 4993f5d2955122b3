namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>What another stack exports.</summary>
internal sealed record ImportValue(Sub Export) : Value;
