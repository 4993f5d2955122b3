namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>Any other function.</summary>
/// <param name="Name">After <c>Fn::</c>.</param>
/// <param name="Arguments">One, or a list of them; anything the writer knows.</param>
internal sealed record Function(string Name, object Arguments) : Value;
