namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>What a stack tells.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Value">What it is.</param>
/// <param name="Export">The name under which other stacks import it; none: they do not.</param>
internal sealed record Output(string Name, string Description, Value Value, Sub? Export = null)
{
    /// <summary>The condition under which it exists.</summary>
    public string? Condition { get; init; }
}
