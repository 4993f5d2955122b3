using System.Text.Json.Nodes;
using Analytics.AppHost.Publishing.Aws;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>Nothing that holds data goes by accident: not with its stack, not by an update.</summary>
public sealed class RetentionTests
{
    // What would be lost with the resource. A kind that is not here holds nothing that a deploy does not make again.
    private static readonly Dictionary<string, string> Keeps = new()
    {
        ["AWS::S3::Bucket"] = "Retain",
        ["AWS::RDS::DBInstance"] = "Snapshot",
        ["AWS::ECR::Repository"] = "Retain",
        ["AWS::Logs::LogGroup"] = "Retain",
    };

    [Fact]
    public void Templates_WhatHoldsData_OutlivesItsStackAndItsReplacement()
    {
        var holders = PublishedTemplate.Both.SelectMany(t => t.Template.Resources).Where(r => Keeps.ContainsKey(r.Type)).ToList();

        Assert.Equal(4 + 1 + 1 + 2, holders.Count);
        Assert.All(holders, r =>
        {
            Assert.Equal(Keeps[r.Type], r.Resource["DeletionPolicy"]?.GetValue<string>());
            Assert.Equal(Keeps[r.Type], r.Resource["UpdateReplacePolicy"]?.GetValue<string>());
        });
        Assert.All(holders, r => Assert.Contains(PublishedTemplate.Base.Resources, b => b.Id == r.Id));
    }

    [Fact]
    public void StackPolicy_WhatHoldsData_IsNeitherDeletedNorReplaced()
    {
        var policy = JsonNode.Parse(AwsArtifacts.Of(SampleDeployment.Instance).Single(a => a.Path == "aws/stack-policy.json").Content)!;
        var denied = policy["Statement"]!.AsArray().Single(s => s!["Effect"]!.GetValue<string>() == "Deny")!;

        Assert.Equal("""["Update:Delete","Update:Replace"]""", denied["Action"]!.ToJsonString());
        Assert.Equal(
            PublishedTemplate.Base.Resources.Where(r => Keeps.ContainsKey(r.Type)).Select(r => $"LogicalResourceId/{r.Id}").Order(StringComparer.Ordinal),
            denied["Resource"]!.AsArray().Select(r => r!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.Contains(policy["Statement"]!.AsArray(), s => s!["Effect"]!.GetValue<string>() == "Allow" && s["Action"]!.GetValue<string>() == "Update:*");
    }

    [Fact]
    public void Logs_EveryGroup_ForgetsAfterSomeDays() =>
        Assert.All(PublishedTemplate.Base.IdsOf("AWS::Logs::LogGroup"), id => Assert.Equal("LogRetentionDays", PublishedTemplate.Base[id]["RetentionInDays"]!["Ref"]!.GetValue<string>()));
}
