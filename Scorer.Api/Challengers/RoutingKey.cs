using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>
/// The side of a caller's key. The first four bytes of SHA-256 of <c>model:key</c> in UTF-8, as a big-endian number, lie under
/// the share of 2³² for the challenger's side. Nothing else goes in, so a key is on the same side in every scorer, after every
/// restart and for every challenger of the model, and a share that grows keeps those it had.
/// </summary>
internal static class RoutingKey
{
    /// <summary>The header that the key comes in.</summary>
    public const string Header = "X-Routing-Key";

    private const double Keys = 4294967296;
    private const int StackBytes = 512;

    /// <summary>True when the share, in per cent, takes the key.</summary>
    public static bool IsTaken(string model, string key, double share) => Place(model, key) < share / 100 * Keys;

    /// <summary>The key's place among 2³².</summary>
    public static uint Place(string model, string key)
    {
        var length = Encoding.UTF8.GetMaxByteCount(model.Length + 1 + key.Length);
        var rented = length > StackBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        var text = rented ?? stackalloc byte[StackBytes];
        var end = Encoding.UTF8.GetBytes(model, text);
        text[end++] = (byte)':';
        end += Encoding.UTF8.GetBytes(key, text[end..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..end], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}
