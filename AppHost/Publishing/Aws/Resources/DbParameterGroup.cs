using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>Settings of a database server.</summary>
internal sealed record DbParameterGroup : IResourceProperties
{
    string IResourceProperties.Type => "AWS::RDS::DBParameterGroup";

    public required Value Description { get; init; }

    public required Value Family { get; init; }

    public OrderedDictionary<string, Value>? Parameters { get; init; }
}
