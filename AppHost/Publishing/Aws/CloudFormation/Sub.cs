namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>Text with <c>${Name}</c> and <c>${Resource.Attribute}</c> replaced; <c>${!Name}</c> stays <c>${Name}</c>.</summary>
/// <param name="Content">The text.</param>
/// <param name="Variables">Names that are neither parameters nor resources, with their values.</param>
internal sealed record Sub(string Content, OrderedDictionary<string, Value>? Variables = null) : Value;
