using System.Text.Json.Nodes;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>
/// What CloudFormation knows of resources: an extract of Amazon's specification (<c>Specification/extract.mjs</c> makes it). A property's type is
/// <c>string</c>, <c>boolean</c>, <c>integer</c>, <c>number</c>, <c>json</c> or the name of a block; <c>[x]</c> a list, <c>{x}</c> a map, <c>x|y</c>
/// either; <c>!</c> before it: required.
/// </summary>
internal sealed class ResourceSpecification
{
    private readonly JsonObject _resources;

    private readonly JsonObject _metrics;

    private ResourceSpecification(JsonObject root)
    {
        _resources = root["resources"]!.AsObject();
        _metrics = root["metrics"]!.AsObject();
    }

    public static ResourceSpecification Instance { get; } = new(
        JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "tests/AppHost.Tests/Publishing/Aws/Specification/cloudformation.json")))!.AsObject());

    /// <summary>Whether the kind is in the extract.</summary>
    public bool Knows(string type) => _resources.ContainsKey(type);

    /// <summary>The attributes that <c>Fn::GetAtt</c> may ask for.</summary>
    public IReadOnlyList<string> Attributes(string type) => [.. _resources[type]!["attributes"]!.AsArray().Select(a => a!.GetValue<string>())];

    /// <summary>The sets of dimensions, joined by <c>+</c>, by which a service of AWS keeps a metric.</summary>
    /// <param name="metric">Namespace and name: <c>AWS/EC2 CPUUtilization</c>.</param>
    public IReadOnlyList<string> MetricDimensions(string metric) => [.. _metrics[metric]?.AsArray().Select(set => set!.GetValue<string>()) ?? []];

    /// <summary>What is wrong with a resource's properties: unknown ones, missing ones, values of another kind.</summary>
    public IEnumerable<string> Faults(string type, JsonObject properties) =>
        Faults(_resources[type]!["blocks"]!.AsObject(), _resources[type]!["properties"]!.AsObject(), properties, type);

    private static IEnumerable<string> Faults(JsonObject blocks, JsonObject known, JsonObject given, string path)
    {
        foreach (var (name, value) in given)
        {
            if (known[name]?.GetValue<string>() is not { } type)
            {
                yield return $"{path}.{name} is unknown";
                continue;
            }

            foreach (var fault in Faults(blocks, type.TrimStart('!'), value!, $"{path}.{name}"))
            {
                yield return fault;
            }
        }

        foreach (var (name, type) in known)
        {
            if (type!.GetValue<string>().StartsWith('!') && !given.ContainsKey(name))
            {
                yield return $"{path}.{name} is required and missing";
            }
        }
    }

    private static IReadOnlyList<string> Faults(JsonObject blocks, string type, JsonNode value, string path)
    {
        if (Branches(value) is { } branches)
        {
            return [.. branches.SelectMany(branch => Faults(blocks, type, branch, path))];
        }

        if (type.Contains('|', StringComparison.Ordinal))
        {
            var all = type.Split('|').Select(t => Faults(blocks, t, value, path)).ToList();
            return all.Any(f => f.Count == 0) ? [] : all[0];
        }

        if (type[0] == '[')
        {
            return value is JsonArray items
                ? [.. items.SelectMany((item, index) => Faults(blocks, type[1..^1], item!, $"{path}[{index}]"))]
                : [$"{path} is not a list"];
        }

        if (type[0] == '{')
        {
            return value is JsonObject ? [] : [$"{path} is not a map"];
        }

        return type switch
        {
            "json" => value is JsonObject ? [] : [$"{path} is not an object"],
            "string" or "date-time" => value is JsonValue v && v.TryGetValue<string>(out _) ? [] : Scalar(value, path, type),
            "boolean" => value is JsonValue b && b.TryGetValue<bool>(out _) ? [] : [$"{path} is not a boolean"],
            "integer" or "number" => value is JsonValue n && n.TryGetValue<long>(out _) ? [] : [$"{path} is not a number"],
            _ => value is JsonObject group ? [.. Faults(blocks, blocks[type]!.AsObject(), group, path)] : [$"{path} is not a {type}"],
        };
    }

    // CloudFormation takes a number or a boolean where a text is expected.
    private static IReadOnlyList<string> Scalar(JsonNode value, string path, string type) => value is JsonValue ? [] : [$"{path} is not a {type}"];

    // What a function gives is known when the stack is made; of a choice, both branches are known now.
    private static IEnumerable<JsonNode>? Branches(JsonNode value) => value switch
    {
        JsonObject { Count: 1 } o when o.ContainsKey("Fn::If") => [.. o["Fn::If"]!.AsArray().Skip(1).Where(b => !IsNoValue(b!)).Select(b => b!)],
        JsonObject { Count: 1 } o when o.First().Key is "Ref" || o.First().Key.StartsWith("Fn::", StringComparison.Ordinal) => [],
        _ => null,
    };

    private static bool IsNoValue(JsonNode node) => node is JsonObject o && o["Ref"]?.GetValue<string>() == "AWS::NoValue";
}
