using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Records;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Journal.Records;

/// <summary>
/// Writes records as they lie in a segment (docs/journal.md has the layout). A record is complete in itself: it names its columns
/// and classes, so that it can be stored when the version that made it is long gone, whatever else of the journal is damaged.
/// </summary>
internal static class RecordEncoder
{
    public static void Write(FrameBuffer buffer, JournalRecord record)
    {
        if (record.Feedback is { } feedback)
        {
            WriteFeedback(buffer, feedback);
            return;
        }

        WriteRequest(buffer, record.Request!, record.Rows?.Role == PredictionRole.Challenger ? RequestFlags.Challenger : RequestFlags.None);
        if (record.Rows is { } rows)
        {
            if (record.Kind is JournalRecordKind.Rows or JournalRecordKind.Shadow)
            {
                buffer.Length(record.FirstRow);
            }

            WriteRows(buffer, rows);
        }
    }

    private static void WriteRequest(FrameBuffer buffer, RequestRecord request, RequestFlags rows)
    {
        Span<byte> trace = stackalloc byte[RequestFields.TraceBytes];
        var hasTrace = request.TraceId is { Length: 2 * RequestFields.TraceBytes } id
            && Convert.FromHexString(id, trace, out _, out _) == System.Buffers.OperationStatus.Done;
        buffer.Int64(request.Time.UtcTicks);
        buffer.Id(request.Id);
        buffer.Double(request.DurationMs);
        buffer.Int32(request.Rows);
        buffer.Int32(request.Version ?? 0);
        buffer.UInt16((ushort)request.Status);
        buffer.UInt16((ushort)(
            rows
            | (request.Version is null ? 0 : RequestFlags.Version)
            | (request.Model is null ? 0 : RequestFlags.Model)
            | (request.Client is null ? 0 : RequestFlags.Client)
            | (request.TraceId is null ? 0 : hasTrace ? RequestFlags.Trace : RequestFlags.TraceText)
            | (request.Error is null ? 0 : RequestFlags.Error)));
        buffer.Text(request.Route);
        WriteText(buffer, request.Model);
        WriteText(buffer, request.Client);
        if (hasTrace)
        {
            buffer.Bytes(trace);
        }
        else
        {
            WriteText(buffer, request.TraceId);
        }

        WriteText(buffer, request.Error);
    }

    private static void WriteText(FrameBuffer buffer, string? value)
    {
        if (value is not null)
        {
            buffer.Text(value);
        }
    }

    private static void WriteRows(FrameBuffer buffer, ScoredRows rows)
    {
        var schema = RowSchemaEncoder.EncodedFor(rows);
        buffer.Length(schema.Length);
        buffer.Bytes(schema);
        buffer.Length(rows.Outputs(0).Length);
        for (var row = 0; row < rows.Count; row++)
        {
            buffer.Id(rows.Ids[row]);
            foreach (var output in rows.Outputs(row))
            {
                buffer.Single(output);
            }

            for (var c = 0; c < rows.Inputs.Count; c++)
            {
                if (rows.Inputs[c].Type.IsNumeric())
                {
                    buffer.Single(rows.Number(c, row));
                }
                else
                {
                    buffer.Text(rows.Text(c, row));
                }
            }
        }
    }

    private static void WriteFeedback(FrameBuffer buffer, FeedbackEntry feedback)
    {
        buffer.Int64(feedback.Time.UtcTicks);
        buffer.Id(feedback.PredictionId);
        buffer.Byte(feedback.Client is null ? (byte)0 : (byte)1);
        buffer.Text(feedback.Actual);
        WriteText(buffer, feedback.Client);
    }
}
