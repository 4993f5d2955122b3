using System.Buffers.Binary;
using System.Numerics;

namespace Analytics.Registry.Journal.Segments;

/// <summary>
/// CRC-32C (Castagnoli, as in iSCSI, RFC 3720): the checksum that processors have an instruction for. Without the usual inversion
/// at both ends, which only a checksum that other programs read would need; the seed takes its place.
/// </summary>
internal static class Crc32C
{
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
