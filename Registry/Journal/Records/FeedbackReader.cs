using System.Text;

namespace Analytics.Registry.Journal.Records;

/// <summary>Reads a feedback from its record.</summary>
internal static class FeedbackReader
{
    public static FeedbackEntry Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var time = new DateTimeOffset(reader.Int64(), TimeSpan.Zero);
        var prediction = reader.Id();
        var hasClient = reader.Byte() != 0;
        var actual = Encoding.UTF8.GetString(reader.Text());
        return new FeedbackEntry(prediction, actual, time, hasClient ? Encoding.UTF8.GetString(reader.Text()) : null);
    }
}
