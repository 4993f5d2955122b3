namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>An attribute of a resource of the same template.</summary>
internal sealed record GetAtt(string LogicalId, string Attribute) : Value;
