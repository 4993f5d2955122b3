namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>The value of a parameter, or what a resource is known by.</summary>
/// <param name="LogicalId">The parameter, the resource or a name of CloudFormation's own: <c>AWS::Region</c>.</param>
internal sealed record Ref(string LogicalId) : Value
{
    public static Ref Region { get; } = new("AWS::Region");

    /// <summary>Stands for "not given": the property is left out.</summary>
    public static Ref NoValue { get; } = new("AWS::NoValue");
}
