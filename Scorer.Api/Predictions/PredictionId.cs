using System.Buffers.Binary;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// Makes UUIDs of version 7 (RFC 9562: 48 bits of milliseconds, 74 random bits). <see cref="Guid.CreateVersion7()"/> asks the
/// system for random bytes each time, which costs more than scoring a row; these ids have to be unique, not secret, so a
/// generator seeded by the system once a thread will do.
/// </summary>
internal static class PredictionId
{
    public static Guid Next(DateTimeOffset time)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, time.ToUnixTimeMilliseconds() << 16);
        Random.Shared.NextBytes(id[6..]);
        id[6] = (byte)(0x70 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new Guid(id, bigEndian: true);
    }

    /// <summary>The time that an id carries, to the millisecond.</summary>
    public static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16;
        // 48 bits of milliseconds reach further than the calendar.
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MaxValue;
    }
}
