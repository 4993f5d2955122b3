namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>What the operator may choose when the stack is made or changed.</summary>
internal sealed record Parameter(string Description)
{
    public string Type { get; init; } = "String";

    /// <summary>None: it must be given.</summary>
    public Value? Default { get; init; }

    public Values? AllowedValues { get; init; }

    public string? AllowedPattern { get; init; }

    /// <summary>What CloudFormation says where the pattern does not match.</summary>
    public string? ConstraintDescription { get; init; }

    public int? MinValue { get; init; }

    public int? MaxValue { get; init; }

    /// <summary>A whole number.</summary>
    public static Parameter Number(string description, int standard, int min, int max) =>
        new(description) { Type = "Number", Default = standard, MinValue = min, MaxValue = max };
}
