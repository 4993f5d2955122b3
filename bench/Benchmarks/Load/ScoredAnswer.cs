using System.Buffers.Text;

namespace Analytics.Benchmarks.Load;

/// <summary>What the scorer's answer to one row says, read without a parser: at full speed it shares the processor with the scorer.</summary>
/// <param name="version">The version; 0 where there is none.</param>
/// <param name="id">The prediction's id.</param>
/// <param name="content">The bytes of what was predicted, before model, version and id.</param>
internal readonly ref struct ScoredAnswer(int version, Guid id, ReadOnlySpan<byte> content)
{
    public int Version { get; } = version;

    public Guid Id { get; } = id;

    public ReadOnlySpan<byte> Content { get; } = content;

    public static ScoredAnswer Read(ReadOnlySpan<byte> body)
    {
        // From the end: labels are the data's own words and may look like anything.
        var model = body.LastIndexOf(",\"model\":\""u8);
        if (model < 0)
        {
            return default;
        }

        var tail = body[model..];
        return Utf8Parser.TryParse(After(tail, "\"version\":"u8), out int version, out _)
            && Utf8Parser.TryParse(After(tail, "\"id\":\""u8), out Guid id, out _)
                ? new ScoredAnswer(version, id, body[..model])
                : default;
    }

    public int Hash()
    {
        var hash = default(HashCode);
        hash.AddBytes(Content);
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        var at = text.IndexOf(name);
        return at < 0 ? default : text[(at + name.Length)..];
    }
}
