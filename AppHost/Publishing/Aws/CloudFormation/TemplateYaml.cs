using YamlDotNet.RepresentationModel;

namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>Writes a template as YAML, with CloudFormation's short forms (<c>!Ref</c>, <c>!Sub</c>).</summary>
internal static class TemplateYaml
{
    /// <summary>The file's text; the same for the same template.</summary>
    public static string Write(Template template)
    {
        var root = new YamlMappingNode
        {
            { "AWSTemplateFormatVersion", YamlText.Scalar("2010-09-09") },
            { "Description", YamlText.Scalar(template.Description) },
        };
        Add(root, "Parameters", template.Parameters.Select(p => (p.Key, YamlValues.Node(p.Value))));
        Add(root, "Rules", template.Rules.Select(r => (r.Key, (YamlNode)Of(r.Value))));
        Add(root, "Mappings", template.Mappings.Select(m => (m.Key, YamlValues.Node(m.Value))));
        Add(root, "Conditions", template.Conditions.Select(c => (c.Key, YamlValues.Node(c.Value))));
        Add(root, "Resources", template.Resources.Select(r => (r.LogicalId, (YamlNode)Of(r))));
        Add(root, "Outputs", template.Outputs.Select(o => (o.Name, (YamlNode)Of(o))));
        return YamlText.Write(root);
    }

    private static void Add(YamlMappingNode root, string section, IEnumerable<(string Name, YamlNode Node)> entries)
    {
        var node = new YamlMappingNode();
        foreach (var (name, entry) in entries)
        {
            node.Add(name, entry);
        }

        if (node.Children.Count > 0)
        {
            root.Add(section, node);
        }
    }

    private static YamlMappingNode Of(StackResource resource)
    {
        var node = new YamlMappingNode { { "Type", resource.Properties.Type } };
        if (resource.Condition is { } condition)
        {
            node.Add("Condition", condition);
        }

        if (resource.DependsOn is { } others)
        {
            node.Add("DependsOn", YamlValues.Node(others));
        }

        if (resource.Retention is { } retention)
        {
            node.Add("DeletionPolicy", retention.ToString());
            node.Add("UpdateReplacePolicy", retention.ToString());
        }

        if (YamlValues.Node(resource.Properties) is YamlMappingNode { Children.Count: > 0 } properties)
        {
            node.Add("Properties", properties);
        }

        return node;
    }

    private static YamlMappingNode Of(Rule rule) => new()
    {
        { "RuleCondition", YamlValues.Node(rule.When) },
        {
            "Assertions",
            new YamlSequenceNode(new YamlMappingNode
            {
                { "Assert", YamlValues.Node(rule.Assert) },
                { "AssertDescription", YamlText.Scalar(rule.Description) },
            })
        },
    };

    private static YamlMappingNode Of(Output output)
    {
        var node = new YamlMappingNode();
        if (output.Condition is { } condition)
        {
            node.Add("Condition", condition);
        }

        node.Add("Description", YamlText.Scalar(output.Description));
        node.Add("Value", YamlValues.Node(output.Value));
        if (output.Export is { } export)
        {
            node.Add("Export", new YamlMappingNode { { "Name", YamlValues.Node(export) } });
        }

        return node;
    }
}
