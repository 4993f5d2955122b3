using System.Collections;
using System.Globalization;
using System.Reflection;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>Turns values, lists, dictionaries and records of properties into YAML.</summary>
internal static class YamlValues
{
    /// <summary>The node of what a template may hold; every call makes new nodes, so that none becomes an alias.</summary>
    public static YamlNode Node(object value) => value switch
    {
        Text text => YamlText.Scalar(text.Content),
        Number number => Plain(number.Content),
        Flag flag => Plain(flag.Content),
        Ref reference => YamlText.Scalar(reference.LogicalId, "!Ref"),
        GetAtt attribute => YamlText.Scalar($"{attribute.LogicalId}.{attribute.Attribute}", "!GetAtt"),
        Sub { Variables: null } sub => YamlText.Scalar(sub.Content, "!Sub"),
        Sub sub => Tagged(new YamlSequenceNode(YamlText.Scalar(sub.Content), Node(sub.Variables!)), "!Sub"),
        // A short form may not hold another one.
        ImportValue import => new YamlMappingNode { { "Fn::ImportValue", Node(import.Export) } },
        Function function => Node(function),
        Block block => Node(block.Properties),
        Values { Function: { } function } => Node(function),
        string text => YamlText.Scalar(text),
        int number => Plain(number),
        bool flag => Plain(flag),
        Enum name => YamlText.Scalar(name.ToString()),
        IDictionary entries => Mapping(entries),
        IEnumerable items => List(new YamlSequenceNode(items.Cast<object>().Select(Node))),
        _ => Properties(value),
    };

    // A short form takes a list; the long one may stand before anything, another function too.
    private static YamlNode Node(Function function)
    {
        var arguments = Node(function.Arguments);
        return arguments is YamlSequenceNode { Tag.IsEmpty: true } sequence
            ? Tagged(sequence, "!" + function.Name)
            : new YamlMappingNode { { "Fn::" + function.Name, arguments } };
    }

    private static YamlSequenceNode Tagged(YamlSequenceNode sequence, string tag)
    {
        sequence.Tag = tag;
        return List(sequence);
    }

    // Words stay on one line.
    private static YamlSequenceNode List(YamlSequenceNode sequence)
    {
        if (sequence.Children.All(c => c is YamlScalarNode { Value.Length: < 40 }))
        {
            sequence.Style = SequenceStyle.Flow;
        }

        return sequence;
    }

    private static YamlMappingNode Mapping(IDictionary entries)
    {
        var node = new YamlMappingNode();
        foreach (DictionaryEntry entry in entries)
        {
            node.Add(YamlText.Scalar((string)entry.Key), Node(entry.Value!));
        }

        return node;
    }

    private static YamlMappingNode Properties(object record)
    {
        var node = new YamlMappingNode();
        foreach (var property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.MetadataToken))
        {
            if (property.GetValue(record) is { } value)
            {
                node.Add(property.Name, Node(value));
            }
        }

        return node;
    }

    private static YamlScalarNode Plain(object value) =>
        new(Convert.ToString(value, CultureInfo.InvariantCulture) is { } text && value is bool ? text.ToLowerInvariant() : $"{value}");
}
