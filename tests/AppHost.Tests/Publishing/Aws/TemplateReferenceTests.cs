using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>Everything that a template names is there: parameters, resources, attributes, conditions, maps, and what the other stack exports.</summary>
public sealed partial class TemplateReferenceTests
{
    private static readonly string[] Pseudo = ["AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"];

    public static TheoryData<string> Templates => ["base", "service"];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_References_Resolve(string name)
    {
        var template = PublishedTemplate.Both.Single(t => t.Name == name).Template;
        var faults = Uses(template).Where(u => !Resolves(template, u.Name)).Select(u => $"{u.Path}: {u.Name}");

        Assert.Empty(faults);
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_Conditions_AreDefinedAndUsed(string name)
    {
        var template = PublishedTemplate.Both.Single(t => t.Name == name).Template;
        var defined = template.Root["Conditions"]!.AsObject().Select(c => c.Key);
        var used = PublishedTemplate.Below(template.Root)
            .SelectMany(n => n.Node switch
            {
                JsonObject o when o["Fn::If"] is JsonArray choice => [choice[0]!.GetValue<string>()],
                JsonObject o when o["Condition"] is JsonValue condition => [condition.GetValue<string>()],
                _ => Array.Empty<string>(),
            });

        Assert.Equal(defined.Order(StringComparer.Ordinal), used.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_Parameters_AreUsed(string name)
    {
        var template = PublishedTemplate.Both.Single(t => t.Name == name).Template;
        var unused = template.Root["Parameters"]!.AsObject().Select(p => p.Key).Except(Uses(template).Select(u => u.Name));

        Assert.Empty(unused);
    }

    [Fact]
    public void Service_Imports_AreExportsOfTheBase()
    {
        var exports = PublishedTemplate.Base.Root["Outputs"]!.AsObject()
            .Select(o => o.Value!["Export"]?["Name"]?["Fn::Sub"]?.GetValue<string>())
            .OfType<string>();
        var imports = PublishedTemplate.Below(PublishedTemplate.Service.Root)
            .Select(n => (n.Node as JsonObject)?["Fn::ImportValue"]?["Fn::Sub"]?.GetValue<string>())
            .OfType<string>()
            .Distinct()
            .ToList();

        Assert.NotEmpty(imports);
        Assert.Empty(imports.Except(exports));
    }

    [Fact]
    public void Service_Maps_AreThere()
    {
        var maps = PublishedTemplate.Service.Root["Mappings"]!.AsObject();
        foreach (var (path, node) in PublishedTemplate.Below(PublishedTemplate.Service.Root))
        {
            if ((node as JsonObject)?["Fn::FindInMap"] is JsonArray look)
            {
                var entries = maps[look[0]!.GetValue<string>()]!.AsObject();
                var allowed = PublishedTemplate.Service.Root["Parameters"]![look[1]!["Ref"]!.GetValue<string>()]!["AllowedValues"]!.AsArray().Select(v => v!.GetValue<string>());
                Assert.All(allowed, value => Assert.True(entries[value]?[look[2]!.GetValue<string>()] is not null, $"{path}: {value} is not in the map"));
            }
        }
    }

    private static bool Resolves(PublishedTemplate template, string name)
    {
        var parts = name.Split('.', 2);
        return parts.Length == 1
            ? Pseudo.Contains(name) || template.Root["Parameters"]!.AsObject().ContainsKey(name) || template.Resources.Any(r => r.Id == name)
            : template.Resources.Any(r => r.Id == parts[0] && Attributes(r.Type).Contains(parts[1]));
    }

    // Newer than the specification's list, documented by CloudFormation: the number of the newest version.
    private static IEnumerable<string> Attributes(string type) => ResourceSpecification.Instance.Attributes(type);

    private static IEnumerable<(string Path, string Name)> Uses(PublishedTemplate template)
    {
        foreach (var (path, node) in PublishedTemplate.Below(template.Root))
        {
            if (node is not JsonObject o)
            {
                continue;
            }

            foreach (var name in Names(o))
            {
                yield return (path, name);
            }
        }
    }

    private static IEnumerable<string> Names(JsonObject node) => node switch
    {
        { Count: 1 } when node["Ref"] is JsonValue reference => [reference.GetValue<string>()],
        { Count: 1 } when node["Fn::GetAtt"] is JsonArray attribute => [$"{attribute[0]}.{attribute[1]}"],
        { Count: 1 } when node["Fn::Sub"] is JsonValue text => Variables(text.GetValue<string>()),
        { Count: 1 } when node["Fn::Sub"] is JsonArray parts => Variables(parts[0]!.GetValue<string>()).Except(parts[1]!.AsObject().Select(v => v.Key)),
        _ when node["DependsOn"] is JsonArray others => others.Select(other => other!.GetValue<string>()),
        _ => [],
    };

    private static IEnumerable<string> Variables(string text) => Variable().Matches(text).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"\$\{([^!][^}]*)\}")]
    private static partial Regex Variable();
}
