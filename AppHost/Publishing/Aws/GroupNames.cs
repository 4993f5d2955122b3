namespace Analytics.AppHost.Publishing.Aws;

/// <summary>Names that both stacks must agree on because one speaks of what the other makes.</summary>
internal static class GroupNames
{
    /// <summary>The Auto Scaling Group of a role, inside a <c>Fn::Sub</c>.</summary>
    public static string Of(InstanceRole role) => $"${{Prefix}}-{role.Name}";

    /// <summary>Where a role's parameters are (API keys' hashes), inside a <c>Fn::Sub</c>.</summary>
    public static string Parameters(InstanceRole role) => $"/${{Prefix}}/{role.Name}";
}
