using System.Security.Cryptography;
using System.Text;

namespace Analytics.ServiceDefaults.ApiKeys;

/// <summary>The keys of one scope. Immutable; any number of threads.</summary>
internal sealed class ApiKeyRing
{
    private readonly (Caller Caller, byte[] Hash)[] _keys;

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting when a key is not usable.</summary>
    public ApiKeyRing(string scope, IReadOnlyList<ApiKey> keys)
    {
        Scope = scope;
        _keys = new (Caller, byte[])[keys.Count];
        for (var i = 0; i < keys.Count; i++)
        {
            var key = keys[i];
            if (key.Name is not { Length: >= 1 and <= 63 } || keys.Take(i).Any(k => k.Name == key.Name))
            {
                throw new InvalidOperationException(
                    $"ApiKeys:{scope}:{i}:Name: expected 1 to 63 characters that no other key of the scope has; found '{key.Name}'.");
            }

            if (key.Sha256.Length != 64 || !key.Sha256.All(char.IsAsciiHexDigit))
            {
                throw new InvalidOperationException(
                    $"ApiKeys:{scope}:{i}:Sha256 (key '{key.Name}'): expected 64 hexadecimal digits, found {key.Sha256.Length} "
                    + $"characters. {HowToMakeOne(scope)}");
            }

            _keys[i] = (new Caller(key.Name), Convert.FromHexString(key.Sha256));
        }
    }

    public string Scope { get; }

    /// <summary>True when calls need no key at all.</summary>
    public bool IsOpen { get; init; }

    public bool IsEmpty => _keys.Length == 0;

    /// <summary>What an operator types to make a key.</summary>
    public static string HowToMakeOne(string scope) =>
        "Make a key with KEY=$(openssl rand -hex 32), print its hash with printf %s \"$KEY\" | sha256sum, and set "
        + $"ApiKeys__{scope}__0__Name=<who> and ApiKeys__{scope}__0__Sha256=<hash>; give KEY itself to the caller only.";

    /// <summary>The key's holder, or null. The time taken does not depend on how much of a key is right, nor on which one.</summary>
    public Caller? Find(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var bytes = Encoding.UTF8.GetMaxByteCount(key.Length) <= 512 ? stackalloc byte[512] : new byte[Encoding.UTF8.GetByteCount(key)];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)], hash);
        Caller? found = null;
        foreach (var (caller, expected) in _keys)
        {
            // Every key is compared: leaving early would tell which one it was.
            if (CryptographicOperations.FixedTimeEquals(hash, expected))
            {
                found = caller;
            }
        }

        return found;
    }
}

/// <summary>Who calls; one instance a key, so a request allocates none.</summary>
internal sealed record Caller(string Name)
{
    /// <summary>A local call in Development that showed no key.</summary>
    public static readonly Caller Loopback = new("loopback");

    /// <summary>Any call to a service without keys, where the platform before it has checked the caller.</summary>
    public static readonly Caller Trusted = new("platform");
}
