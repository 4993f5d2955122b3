namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>A group of properties where a single value is expected: a branch of <see cref="Fn.If"/>.</summary>
internal sealed record Block(object Properties) : Value;
