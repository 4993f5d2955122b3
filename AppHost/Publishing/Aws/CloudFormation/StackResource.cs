namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>A resource of a template.</summary>
internal sealed record StackResource(string LogicalId, IResourceProperties Properties)
{
    /// <summary>The condition under which it exists.</summary>
    public string? Condition { get; init; }

    public IReadOnlyList<string>? DependsOn { get; init; }

    /// <summary>What becomes of it when the stack or the resource goes: nothing said means that it goes too.</summary>
    public Retention? Retention { get; init; }

    public Ref Ref => new(LogicalId);

    public GetAtt Attribute(string name) => new(LogicalId, name);
}
