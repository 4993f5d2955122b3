using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>Scalars that stay text, and the document's text.</summary>
internal static partial class YamlText
{
    /// <summary>A text: quoted where a reader would take it for something else, as a block where it has lines.</summary>
    public static YamlScalarNode Scalar(string text, string? tag = null)
    {
        var node = new YamlScalarNode(text)
        {
            Style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
                : tag is null && LooksLikeAnotherType().IsMatch(text) ? ScalarStyle.SingleQuoted
                : ScalarStyle.Any,
        };
        if (tag is not null)
        {
            node.Tag = tag;
        }

        return node;
    }

    /// <summary>The document with LF line ends, long lines unbroken.</summary>
    public static string Write(YamlNode root)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(root)).Save(
            new Emitter(writer, EmitterSettings.Default.WithBestWidth(int.MaxValue).WithNewLine("\n")), assignAnchors: false);
        // The stream ends with the mark of a document's end.
        return writer.ToString().Replace("\n...\n", "\n", StringComparison.Ordinal);
    }

    [GeneratedRegex("^$|^(true|false|yes|no|on|off|y|n|null|~)$|^[-+.]?[0-9]", RegexOptions.IgnoreCase)]
    private static partial Regex LooksLikeAnotherType();
}
