using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>CloudFormation's limits, and those of what it makes: what is longer is refused in the middle of a deployment.</summary>
public sealed partial class TemplateLimitTests
{
    private const int TemplateBody = 51_200, UserData = 16_384, ManagedPolicy = 6_144, RolePolicies = 10_240, AlarmDescription = 1_024;

    public static TheoryData<string> Templates => ["base", "service"];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_Body_GoesWithoutABucket(string name) =>
        Assert.InRange(Encoding.UTF8.GetByteCount(Template(name).Text), 1_000, TemplateBody);

    /// <summary>A fourth service, too: the limit is not for the three of today.</summary>
    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_BodyWithTwoMoreServices_GoesWithoutABucket(string name)
    {
        var more = SampleDeployment.With(SampleDeployment.Reporter, SampleDeployment.Reporter with { Name = "forecaster", Image = "analytics-forecaster", Ports = [new("http", 5004, IsPublic: true)] });

        Assert.InRange(Encoding.UTF8.GetByteCount(PublishedTemplate.Of($"aws/{name}.yaml", more).Text), 1_000, TemplateBody);
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_Sections_AreWithinTheirNumbers(string name)
    {
        var template = Template(name);

        Assert.InRange(template.Section("Parameters").Count, 1, 200);
        Assert.InRange(template.Section("Resources").Count, 1, 500);
        Assert.InRange(template.Section("Outputs").Count, 1, 200);
        Assert.InRange(template.Root["Description"]!.GetValue<string>().Length, 1, 1_024);
        Assert.All(template.Section("Outputs"), o => Assert.InRange(o.Value!["Description"]!.GetValue<string>().Length, 1, 1_024));
        Assert.All(template.Section("Parameters"), p => Assert.InRange(p.Value!["Description"]!.GetValue<string>().Length, 1, 4_000));
        Assert.All(
            template.Section("Parameters").Concat(template.Section("Resources")).Concat(template.Section("Outputs")).Concat(template.Section("Conditions")),
            entry => Assert.Matches("^[A-Za-z0-9]{1,255}$", entry.Key));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_ParametersAndResources_ShareNoName(string name) =>
        Assert.Empty(Template(name).Section("Parameters").Select(p => p.Key).Intersect(Template(name).Section("Resources").Select(r => r.Key)));

    /// <summary>Aspire's files are pure C#: nothing that would need another program, a bucket or code of ours in AWS.</summary>
    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_Resources_AreNeitherCustomNorCode(string name) =>
        Assert.All(Template(name).Resources, r => Assert.DoesNotMatch("^(Custom::|AWS::CloudFormation::|AWS::Lambda::|AWS::Serverless)", r.Type));

    [Theory]
    [InlineData("scorer")]
    [InlineData("trainer")]
    public void UserData_OfARole_IsShortEnough(string role) => Assert.InRange(Encoding.UTF8.GetByteCount(LaunchTemplates.UserDataOf(role)), 1_000, UserData);

    [Fact]
    public void Policies_AreShortEnough()
    {
        foreach (var id in PublishedTemplate.Base.IdsOf("AWS::IAM::ManagedPolicy"))
        {
            Assert.InRange(Characters(PublishedTemplate.Base[id]["PolicyDocument"]!), 100, ManagedPolicy);
        }

        foreach (var id in PublishedTemplate.Base.IdsOf("AWS::IAM::Role"))
        {
            Assert.InRange(PublishedTemplate.Base[id]["Policies"]?.AsArray().Sum(p => Characters(p!["PolicyDocument"]!)) ?? 0, 0, RolePolicies);
        }
    }

    [Fact]
    public void Alarms_Descriptions_AreShortEnough() => Assert.All(
        PublishedTemplate.Service.IdsOf("AWS::CloudWatch::Alarm"),
        id => Assert.InRange(PublishedTemplate.Service[id]["AlarmDescription"]!.GetValue<string>().Length, 50, AlarmDescription));

    [Fact]
    public void Dashboard_Body_IsJsonOfWidgetsThatDoNotOverlap()
    {
        var sub = PublishedTemplate.Service["Dashboard"]["DashboardBody"]!["Fn::Sub"]!;
        var body = JsonNode.Parse(Placeholder().Replace((sub as JsonArray)?[0]?.GetValue<string>() ?? sub.GetValue<string>(), "x"))!;

        var fields = body["widgets"]!.AsArray().SelectMany(w =>
            from x in Enumerable.Range(w!["x"]!.GetValue<int>(), w["width"]!.GetValue<int>())
            from y in Enumerable.Range(w["y"]!.GetValue<int>(), w["height"]!.GetValue<int>())
            select (x, y)).ToList();
        Assert.Equal(fields.Count, fields.Distinct().Count());
        Assert.All(fields, f => Assert.InRange(f.x, 0, 23));
    }

    private static PublishedTemplate Template(string name) => PublishedTemplate.Both.Single(t => t.Name == name).Template;

    /// <summary>What IAM counts: all but white space, with values as long as they get.</summary>
    private static int Characters(JsonNode document) => JsonSerializer.Serialize(Resolved(document)).Length;

    private static JsonNode Resolved(JsonNode node) => node switch
    {
        JsonObject { Count: 1 } o when o["Fn::Sub"] is JsonValue text => LaunchTemplates.Resolve(text.GetValue<string>()),
        JsonObject { Count: 1 } o when o.ContainsKey("Ref") || o.ContainsKey("Fn::GetAtt") => new string('a', 80),
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Resolved(p.Value!)))),
        JsonArray a => new JsonArray([.. a.Select(item => Resolved(item!))]),
        _ => node.DeepClone(),
    };

    [GeneratedRegex(@"\$\{[^}]*\}")]
    private static partial Regex Placeholder();
}
