using System.Buffers.Binary;

namespace Analytics.Registry.Journal.Records;

/// <summary>Which of a request's optional values its record has.</summary>
[Flags]
internal enum RequestFlags : ushort
{
    None = 0,
    Version = 1,
    Model = 2,
    Client = 4,

    /// <summary>The trace id as 16 bytes.</summary>
    Trace = 8,

    /// <summary>A trace id of another form, as a text.</summary>
    TraceText = 16,
    Error = 32,

    /// <summary>Its rows are the challenger's answers.</summary>
    Challenger = 64,
}

/// <summary>A request as its record has it; texts in UTF-8.</summary>
internal readonly ref struct RequestFields
{
    public const int TraceBytes = 16;

    /// <summary>Where the id stands in a payload.</summary>
    public const int IdOffset = 8;

    private const int RowsOffset = 32;

    public RequestFields(ref PayloadReader reader)
    {
        Ticks = reader.Int64();
        Id = reader.Bytes(16);
        DurationMs = reader.Double();
        Rows = reader.Int32();
        Version = reader.Int32();
        Status = reader.UInt16();
        Flags = (RequestFlags)reader.UInt16();
        Route = reader.Text();
        Model = Has(RequestFlags.Model) ? reader.Text() : default;
        Client = Has(RequestFlags.Client) ? reader.Text() : default;
        Trace = Has(RequestFlags.Trace) ? reader.Bytes(TraceBytes) : Has(RequestFlags.TraceText) ? reader.Text() : default;
        Error = Has(RequestFlags.Error) ? reader.Text() : default;
    }

    public RequestFlags Flags { get; }

    /// <summary>When it arrived (UTC).</summary>
    public long Ticks { get; }

    /// <summary>16 bytes, big-endian.</summary>
    public ReadOnlySpan<byte> Id { get; }

    public double DurationMs { get; }

    public int Rows { get; }

    public int Version { get; }

    public int Status { get; }

    public ReadOnlySpan<byte> Route { get; }

    public ReadOnlySpan<byte> Model { get; }

    public ReadOnlySpan<byte> Client { get; }

    public ReadOnlySpan<byte> Trace { get; }

    public ReadOnlySpan<byte> Error { get; }

    public bool Has(RequestFlags flag) => (Flags & flag) != 0;

    /// <summary>The number of rows of a request's payload, without reading the rest.</summary>
    public static int RowsOf(ReadOnlySpan<byte> payload) =>
        payload.Length < RowsOffset + sizeof(int) ? 0 : Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(payload[RowsOffset..]));
}
