namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>The forms that data comes in. gzip around any of them is looked through.</summary>
internal enum DataFormat
{
    /// <summary>Comma, semicolon, tab or bar separated; RFC 4180.</summary>
    Csv,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>A JSON object a line.</summary>
    Ndjson,
}

/// <summary>Finds out what a file is by its first bytes; what its name or sender says must agree.</summary>
internal static class DataFormats
{
    private const int HeadBytes = 4096;

    private static readonly (string Ending, DataFormat Format)[] Endings =
    [
        (".csv", DataFormat.Csv), (".tsv", DataFormat.Csv), (".txt", DataFormat.Csv),
        (".parquet", DataFormat.Parquet), (".ndjson", DataFormat.Ndjson), (".jsonl", DataFormat.Ndjson),
    ];

    private static readonly Dictionary<string, DataFormat> MediaTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["text/csv"] = DataFormat.Csv,
        ["text/tab-separated-values"] = DataFormat.Csv,
        ["application/vnd.apache.parquet"] = DataFormat.Parquet,
        ["application/x-parquet"] = DataFormat.Parquet,
        ["application/x-ndjson"] = DataFormat.Ndjson,
        ["application/ndjson"] = DataFormat.Ndjson,
        ["application/jsonl"] = DataFormat.Ndjson,
    };

    /// <summary>The format that a name says, <c>.gz</c> behind it looked through; null for another name.</summary>
    public static DataFormat? OfName(string name)
    {
        var plain = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        foreach (var (ending, format) in Endings)
        {
            if (plain.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>The format that a Content-Type says; null for one that says nothing of it.</summary>
    public static DataFormat? OfMediaType(string? contentType) =>
        contentType is not null && MediaTypes.TryGetValue(contentType.Split(';')[0].Trim(), out var format) ? format : null;

    /// <summary>A data file's name in the store.</summary>
    public static string FileName(DataFormat format, bool gzip) => format switch
    {
        DataFormat.Parquet => "data.parquet",
        DataFormat.Ndjson => gzip ? "data.ndjson.gz" : "data.ndjson",
        _ => gzip ? "data.csv.gz" : "data.csv",
    };

    /// <summary>True for a gzip file.</summary>
    public static bool IsGzip(string path) => Head(path) is [0x1F, 0x8B, ..];

    /// <summary>What the file is. Throws <see cref="InvalidInputException"/> when that is not what it is said to be.</summary>
    public static DataFormat Of(string path, DataFormat? said)
    {
        var head = Head(path);
        var found = head.AsSpan().StartsWith("PAR1"u8) ? DataFormat.Parquet
            : FirstCharacter(head) == '{' ? DataFormat.Ndjson
            : DataFormat.Csv;
        return said is null || said == found || (said == DataFormat.Ndjson && head.Length == 0)
            ? found
            : throw new InvalidInputException(
                $"The data is said to be {Name(said.Value)} and looks like {Name(found)}: expected {Start(said.Value)} at its start, found "
                + $"{Shown(head)}. Send the file that is meant, or say what it is (Content-Type, or the ending of its name).");
    }

    /// <summary>The format in a sentence.</summary>
    public static string Name(DataFormat format) => format switch
    {
        DataFormat.Parquet => "Parquet",
        DataFormat.Ndjson => "NDJSON",
        _ => "CSV",
    };

    private static string Start(DataFormat format) => format switch
    {
        DataFormat.Parquet => "'PAR1'",
        DataFormat.Ndjson => "'{'",
        _ => "a header line",
    };

    private static string Shown(byte[] head) =>
        head.Length == 0 ? "nothing" : "bytes " + Convert.ToHexString(head.AsSpan(0, Math.Min(4, head.Length)));

    private static byte[] Head(string path)
    {
        using var file = File.OpenHandle(path);
        var head = new byte[HeadBytes];
        return head[..RandomAccess.Read(file, head, 0)];
    }

    private static char FirstCharacter(byte[] head)
    {
        var text = head.AsSpan();
        text = text.StartsWith("\uFEFF"u8) ? text[3..] : text;
        text = text.TrimStart(" \t\r\n"u8);
        return text.IsEmpty ? '\0' : (char)text[0];
    }
}
