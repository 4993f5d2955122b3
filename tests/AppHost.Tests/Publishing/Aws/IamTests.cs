using System.Text.Json.Nodes;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>
/// Who may do what: every action on every resource stands in <c>approved-iam.txt</c>, reviewed line by line. A change of a policy is a change of
/// that file.
/// </summary>
public sealed class IamTests
{
    private const string Approved = "tests/AppHost.Tests/Publishing/Aws/approved-iam.txt";

    // Actions for which the service authorization reference knows no resource.
    private static readonly Dictionary<string, string> WithoutResource = new()
    {
        ["autoscaling:DescribeAutoScalingGroups"] = "lists",
        ["autoscaling:DescribeInstanceRefreshes"] = "lists",
        ["autoscaling:DescribeLifecycleHooks"] = "lists",
        ["autoscaling:DescribeLoadBalancerTargetGroups"] = "lists",
        ["autoscaling:DescribePolicies"] = "lists",
        ["autoscaling:DescribeScalingActivities"] = "lists",
        ["autoscaling:DescribeTags"] = "lists",
        ["cloudwatch:PutMetricData"] = "a metric is no resource; kept to one namespace by a condition",
        ["ec2:DescribeAccountAttributes"] = "lists",
        ["ec2:DescribeImages"] = "lists",
        ["ec2:DescribeInstanceTypes"] = "lists",
        ["ec2:DescribeInstances"] = "lists",
        ["ec2:DescribeInternetGateways"] = "lists",
        ["ec2:DescribeLaunchTemplateVersions"] = "lists",
        ["ec2:DescribeLaunchTemplates"] = "lists",
        ["ec2:DescribeSecurityGroupRules"] = "lists",
        ["ec2:DescribeSecurityGroups"] = "lists",
        ["ec2:DescribeSubnets"] = "lists",
        ["ec2:DescribeTags"] = "lists",
        ["ec2:DescribeVpcs"] = "lists",
        ["ecr:GetAuthorizationToken"] = "a login is to the account's registry",
        ["elasticloadbalancing:DescribeListenerAttributes"] = "lists",
        ["elasticloadbalancing:DescribeListeners"] = "lists",
        ["elasticloadbalancing:DescribeLoadBalancerAttributes"] = "lists",
        ["elasticloadbalancing:DescribeLoadBalancers"] = "lists",
        ["elasticloadbalancing:DescribeTags"] = "lists",
        ["elasticloadbalancing:DescribeTargetGroupAttributes"] = "lists",
        ["elasticloadbalancing:DescribeTargetGroups"] = "lists",
        ["elasticloadbalancing:DescribeTargetHealth"] = "lists",
        ["ssmmessages:CreateControlChannel"] = "a channel is the instance's own",
        ["ssmmessages:CreateDataChannel"] = "a channel is the instance's own",
        ["ssmmessages:OpenControlChannel"] = "a channel is the instance's own",
        ["ssmmessages:OpenDataChannel"] = "a channel is the instance's own",
        ["xray:PutTelemetryRecords"] = "a trace is no resource",
        ["xray:PutTraceSegments"] = "a trace is no resource",
    };

    // Policies of a resource, in which "*" is that resource, and a denial.
    private static readonly string[] OfTheResourceItself = ["TopicKey/Account", "TopicKey/Alarms"];

    [Fact]
    public void Policies_EveryActionAndResource_IsApproved()
    {
        var found = string.Concat(Grants().Select(g => g.Line + "\n"));
        var approved = File.ReadAllText(Path.Combine(RepositoryFiles.Root, Approved));

        Assert.True(found == approved, $"{Approved} is not what the templates grant; look at each line that differs. The templates grant:\n{found}");
    }

    [Fact]
    public void Policies_ResourceStar_StandsOnlyWhereTheServiceKnowsNoOther()
    {
        var stars = Grants().Where(g => g.Resource == "*" && !OfTheResourceItself.Contains(g.Place)).ToList();

        Assert.Equal(WithoutResource.Keys.Order(StringComparer.Ordinal), stars.Select(g => g.Action).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Policies_ActionStar_StandsOnlyInADenialAndInTheKeysOwnPolicy() => Assert.Equal(
        ["BucketPolicy/TlsOnly Deny s3:*", "TopicKey/Account Allow kms:*", "TopicKey/Alarms Allow kms:GenerateDataKey*"],
        Grants().Where(g => g.Action.Contains('*', StringComparison.Ordinal)).Select(g => $"{g.Place} {g.Effect} {g.Action}").Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Roles_ManagedPoliciesOfAws_AreNotUsed() =>
        Assert.All(PublishedTemplate.Base.IdsOf("AWS::IAM::Role"), id => Assert.DoesNotContain("arn:aws", PublishedTemplate.Base[id]["ManagedPolicyArns"]?.ToJsonString() ?? "", StringComparison.Ordinal));

    /// <summary>The service stack makes no role: what may do more than today is an administrator's change of the base.</summary>
    [Fact]
    public void Service_MakesNoRole() => Assert.DoesNotContain(PublishedTemplate.Service.Resources, r => r.Type.StartsWith("AWS::IAM::", StringComparison.Ordinal));

    /// <summary>Without s3:ListBucket S3 answers 403 for a missing key, and a store error never means "no versions".</summary>
    [Theory]
    [InlineData("ScorerRole")]
    [InlineData("TrainerRole")]
    public void Roles_List_TheirPrefixes(string role)
    {
        var list = Grants().Where(g => g.Place == $"{role}/ListStore").ToList();

        Assert.Equal(["s3:ListBucket"], list.Select(g => g.Action));
        Assert.StartsWith("StringLikeIfExists s3:prefix=models/*", list[0].Condition, StringComparison.Ordinal);
    }

    private static IEnumerable<Grant> Grants() => PublishedTemplate.Both.SelectMany(t => t.Template.Resources)
        .OrderBy(r => r.Id, StringComparer.Ordinal)
        .SelectMany(r => Documents(r.Resource["Properties"] as JsonObject ?? []).SelectMany(d => Statements(r.Id, d)));

    private static IEnumerable<JsonNode> Documents(JsonObject properties)
    {
        foreach (var name in new[] { "AssumeRolePolicyDocument", "PolicyDocument", "KeyPolicy" })
        {
            if (properties[name] is { } document)
            {
                yield return document;
            }
        }

        foreach (var policy in properties["Policies"]?.AsArray() ?? [])
        {
            yield return policy!["PolicyDocument"]!;
        }
    }

    private static IEnumerable<Grant> Statements(string id, JsonNode document) =>
        from statement in document["Statement"]!.AsArray()
        from action in statement["Action"]!.AsArray()
        from resource in statement["Resource"]?.AsArray() ?? [JsonValue.Create("-")]
        select new Grant(
            $"{id}/{statement["Sid"]}", statement["Effect"]!.GetValue<string>(), action!.GetValue<string>(), Text(resource!), Principal(statement["Principal"]), Condition(statement["Condition"]));

    private static string Principal(JsonNode? principal) =>
        principal is null ? "" : string.Join(' ', principal.AsObject().Select(p => $"{p.Key}={Text(p.Value!)}"));

    private static string Condition(JsonNode? condition) => condition is null
        ? ""
        : string.Join("; ", condition.AsObject().SelectMany(test => test.Value!.AsObject().Select(key => $"{test.Key} {key.Key}={string.Join('|', key.Value!.AsArray().Select(v => Text(v!)))}")));

    private static string Text(JsonNode node) => node switch
    {
        JsonValue value => value.ToString(),
        JsonObject o when o["Fn::Sub"] is { } sub => sub.ToString().Replace("arn:${AWS::Partition}", "arn:aws", StringComparison.Ordinal).Replace("${AWS::Region}:${AWS::AccountId}", "REGION:ACCOUNT", StringComparison.Ordinal),
        JsonObject o when o["Ref"] is { } reference => $"<{reference}>",
        JsonObject o when o["Fn::GetAtt"] is JsonArray attribute => $"<{attribute[0]}.{attribute[1]}>",
        JsonObject o when o["Fn::If"] is JsonArray choice => $"{Text(choice[1]!)} or {Text(choice[2]!)}",
        _ => throw new InvalidOperationException($"{node.ToJsonString()} is no text."),
    };

    private sealed record Grant(string Place, string Effect, string Action, string Resource, string Principal, string Condition)
    {
        public string Line => string.Join("  ", new[] { Place, Effect, Action, Resource, Principal, Condition is "" ? "" : $"if {Condition}" }.Where(part => part.Length > 0));
    }
}
