using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>What the launch templates give an instance.</summary>
internal static partial class LaunchTemplates
{
    /// <summary>The data of a role's launch template.</summary>
    public static JsonObject Of(string role) => PublishedTemplate.Service[$"{char.ToUpperInvariant(role[0])}{role[1..]}LaunchTemplate"]["LaunchTemplateData"]!.AsObject();

    /// <summary>A role's user data as an instance gets it, with values as long as they get.</summary>
    public static string UserDataOf(string role)
    {
        var join = Of(role)["UserData"]!["Fn::Base64"]!["Fn::Join"]!.AsArray();
        Assert.Equal("", join[0]!.GetValue<string>());
        var parts = join[1]!.AsArray();
        return Resolve(parts[0]!["Fn::Sub"]![0]!.GetValue<string>()) + parts[1]!.GetValue<string>();
    }

    /// <summary>A text of <c>Fn::Sub</c> with values of the length that they have at most.</summary>
    public static string Resolve(string text) => Variable().Replace(text, match => match.Groups[1].Value switch
    {
        "AWS::Partition" => "aws",
        "AWS::Region" => "ap-southeast-1",
        "AWS::AccountId" => "123456789012",
        "AWS::URLSuffix" => "amazonaws.com",
        "Prefix" => new string('p', 23),
        "Bucket" or "Bucket.Arn" => new string('b', 80),
        "Release" => new string('r', 64),
        var name when name.EndsWith("Image", StringComparison.Ordinal) => new string('i', 160),
        var name when name.EndsWith("Sha256", StringComparison.Ordinal) => new string('0', 64),
        _ => new string('x', 100),
    });

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Variable();
}
