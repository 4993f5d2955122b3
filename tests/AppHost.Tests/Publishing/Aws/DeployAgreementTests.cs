using System.Text.RegularExpressions;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>What the scripts ask of the stacks and of an instance's environment is there.</summary>
public sealed partial class DeployAgreementTests
{
    private static readonly string[] Roles = ["Scorer", "Trainer"];

    [Fact]
    public void Scripts_Outputs_AreTheStacks()
    {
        foreach (var (stack, name) in Scripts().SelectMany(text => Asked().Matches(text)).Select(m => (m.Groups[1].Value, m.Groups[2].Value)).Distinct())
        {
            var outputs = (stack == "base" ? PublishedTemplate.Base : PublishedTemplate.Service).Section("Outputs").Select(o => o.Key).ToList();
            // $(pascal "$role")GroupName: of each role, or image.
            var expected = name[0] == '$' ? Roles.Select(role => role + name[(name.LastIndexOf(')') + 1)..]) : [name];

            Assert.All(expected, output => Assert.Contains(output, outputs));
        }
    }

    [Fact]
    public void Scripts_Parameters_AreTheServiceStacks()
    {
        var given = Scripts().SelectMany(text => Given().Matches(text)).Select(m => m.Groups[1].Value).Distinct().ToList();
        var parameters = PublishedTemplate.Service.Section("Parameters").Select(p => p.Key).ToList();

        Assert.Contains("BundleSha256", given);
        Assert.All(given, suffix => Assert.All(Roles, role => Assert.Contains(role + suffix, parameters)));
    }

    [Theory]
    [InlineData("scorer")]
    [InlineData("trainer")]
    public void UserData_Exports_WhatTheStartReads(string role)
    {
        var userData = LaunchTemplates.UserDataOf(role);
        var names = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "deploy/instance/start.sh"))
            .Split('\n').Single(line => line.TrimStart().StartsWith("for name in STACK ", StringComparison.Ordinal))
            .Trim()["for name in ".Length..].Split(" $(")[0].Split(' ').Except(["INSTANCE_ID"]);

        Assert.StartsWith("#!/bin/bash\n", userData, StringComparison.Ordinal);
        Assert.All([.. names, "BUCKET", "BUNDLE_SHA256"], name => Assert.Contains($"\nexport {name}='", userData, StringComparison.Ordinal));
        Assert.EndsWith("serves as $ROLE of $RELEASE.\"\n", userData, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Scripts() =>
        Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "deploy/lib"), "*.sh").Select(File.ReadAllText);

    [GeneratedRegex("""(base|service)_output "?(\$\(pascal "[^"]+"\)[A-Za-z]+|[A-Z][A-Za-z]+)""")]
    private static partial Regex Asked();

    [GeneratedRegex("""echo "\$\(pascal "\$role"\)([A-Za-z0-9]+)=""")]
    private static partial Regex Given();
}
