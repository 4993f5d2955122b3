using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>What the service stack takes from the base stack.</summary>
internal static class Imports
{
    /// <summary>An output of the base stack.</summary>
    public static ImportValue Of(string output) => new(new Sub($"${{Prefix}}-{output}"));

    /// <summary>A list of the base stack.</summary>
    public static Function ListOf(string output) => Fn.Split(",", Of(output));
}
