using System.Globalization;
using System.Text.Json.Nodes;
using Analytics.AppHost.Publishing;
using Analytics.AppHost.Publishing.Aws;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>A template as CloudFormation reads the file: YAML with short forms, turned into the JSON that they stand for.</summary>
internal sealed class PublishedTemplate
{
    private PublishedTemplate(string text)
    {
        Text = text;
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        Root = Node(Assert.Single(stream.Documents).RootNode)!.AsObject();
    }

    public string Text { get; }

    public JsonObject Root { get; }

    public static PublishedTemplate Base { get; } = Of("aws/base.yaml", SampleDeployment.Instance);

    public static PublishedTemplate Service { get; } = Of("aws/service.yaml", SampleDeployment.Instance);

    public static IReadOnlyList<(string Name, PublishedTemplate Template)> Both { get; } = [("base", Base), ("service", Service)];

    public static PublishedTemplate Of(string path, Deployment deployment) => new(AwsArtifacts.Of(deployment).Single(a => a.Path == path).Content);

    /// <summary>A section of the template: <c>Outputs</c>.</summary>
    public JsonObject Section(string name) => Root[name]!.AsObject();

    /// <summary>The resources by logical id.</summary>
    public IEnumerable<(string Id, string Type, JsonObject Resource)> Resources =>
        Section("Resources").Select(r => (r.Key, r.Value!["Type"]!.GetValue<string>(), r.Value.AsObject()));

    /// <summary>The properties of a resource.</summary>
    public JsonObject this[string id] => Section("Resources")[id]?["Properties"]?.AsObject() ?? throw new KeyNotFoundException($"There is no resource {id}.");

    /// <summary>The ids of the resources of a kind.</summary>
    public IEnumerable<string> IdsOf(string type) => Resources.Where(r => r.Type == type).Select(r => r.Id);

    /// <summary>All nodes below one, with the path to each.</summary>
    public static IEnumerable<(string Path, JsonNode Node)> Below(JsonNode node, string path = "")
    {
        yield return (path, node);
        var children = node switch
        {
            JsonObject o => o.Select(p => ($"{path}/{p.Key}", p.Value)),
            JsonArray a => a.Select((item, index) => ($"{path}/{index}", item)),
            _ => [],
        };
        foreach (var (childPath, child) in children)
        {
            foreach (var found in child is null ? [] : Below(child, childPath))
            {
                yield return found;
            }
        }
    }

    private static JsonNode? Node(YamlNode node)
    {
        JsonNode value = node switch
        {
            YamlMappingNode mapping => new JsonObject(mapping.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Node(c.Value)))),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Node)]),
            YamlScalarNode scalar => Scalar(scalar),
            _ => throw new InvalidOperationException($"{node} is neither a mapping, a sequence nor a scalar."),
        };
        if (node.Tag.IsEmpty || node.Tag.Value[0] != '!' || node.Tag.Value == "!")
        {
            return value;
        }

        return node.Tag.Value[1..] switch
        {
            "Ref" => new JsonObject { ["Ref"] = value },
            "GetAtt" => new JsonObject { ["Fn::GetAtt"] = new JsonArray([.. value.GetValue<string>().Split('.', 2).Select(p => (JsonNode)p)]) },
            var name => new JsonObject { ["Fn::" + name] = value },
        };
    }

    private static JsonValue Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value!;
        return scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty ? JsonValue.Create(text)
            : text is "true" or "false" ? JsonValue.Create(text == "true")
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? JsonNode.Parse(text)!.AsValue()
            : JsonValue.Create(text);
    }
}
