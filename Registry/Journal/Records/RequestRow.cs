namespace Analytics.Registry.Journal.Records;

/// <summary>Writes a request as a row of its table.</summary>
internal static class RequestRow
{
    /// <summary>The columns of the table that <see cref="Write"/> writes, in its order.</summary>
    public const string Columns = "id, time, route, status, rows, duration_ms, model, version, client, trace_id, error";

    private const short ColumnCount = 11;

    public static void Write(ReadOnlySpan<byte> payload, CopyBuffer copy)
    {
        var reader = new PayloadReader(payload);
        var request = new RequestFields(ref reader);
        copy.StartRow(ColumnCount);
        copy.Id(request.Id);
        copy.Time(request.Ticks);
        copy.Text(request.Route);
        copy.Int32(request.Status);
        copy.Int32(request.Rows);
        copy.Double(request.DurationMs);
        WriteText(copy, request.Has(RequestFlags.Model), request.Model);
        if (request.Has(RequestFlags.Version))
        {
            copy.Int32(request.Version);
        }
        else
        {
            copy.Null();
        }

        WriteText(copy, request.Has(RequestFlags.Client), request.Client);
        if (request.Has(RequestFlags.Trace))
        {
            copy.Hex(request.Trace);
        }
        else
        {
            WriteText(copy, request.Has(RequestFlags.TraceText), request.Trace);
        }

        WriteText(copy, request.Has(RequestFlags.Error), request.Error);
    }

    private static void WriteText(CopyBuffer copy, bool has, ReadOnlySpan<byte> text)
    {
        if (has)
        {
            copy.Text(text);
        }
        else
        {
            copy.Null();
        }
    }
}
