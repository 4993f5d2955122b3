using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace Analytics.AppHost.Publishing;

/// <summary>
/// Writes YAML from dictionaries, lists, texts, numbers and truth values, in the order that they are in. A text that YAML could take for
/// something else is quoted; one of several lines is a literal block.
/// </summary>
internal static class Yaml
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithEventEmitter(next => new TextStyle(next))
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .DisableAliases()
        .WithIndentedSequences()
        .WithNewLine("\n")
        .Build();

    /// <summary>The document, with lines of comment before it.</summary>
    public static string Write(object document, params string[] comment) =>
        string.Concat(comment.Select(line => $"# {line}\n")) + Serializer.Serialize(document);

    private sealed class TextStyle(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && text.Contains('\n', StringComparison.Ordinal))
            {
                eventInfo.Style = ScalarStyle.Literal;
            }

            base.Emit(eventInfo, emitter);
        }
    }
}
