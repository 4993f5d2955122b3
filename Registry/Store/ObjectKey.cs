using System.Text;

namespace Analytics.Registry.Store;

/// <summary>
/// The form that keys have in every store. Parts that start with a dot are no keys: <c>..</c> leaves the root, and the
/// directory store keeps its own files under such names.
/// </summary>
internal static class ObjectKey
{
    /// <summary>S3's bound on a key, in UTF-8 bytes.</summary>
    private const int MaxBytes = 1024;

    /// <summary>What the common file systems allow for a name, in UTF-8 bytes.</summary>
    private const int MaxPartBytes = 255;

    /// <summary>False for what other programs may have put, which no key names and no listing shows.</summary>
    public static bool IsKey(string key) => key.Length > 0 && FindFault(key) is null;

    /// <summary>Returns <paramref name="key"/>, or throws <see cref="ArgumentException"/> that says what is wrong with it.</summary>
    public static string Require(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (FindFault(key) is { } fault)
        {
            throw new ArgumentException($"'{key}' is not a key: {fault}", nameof(key));
        }

        return key;
    }

    /// <summary>Returns <paramref name="prefix"/>: empty, or a key with a slash behind it.</summary>
    public static string RequirePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length > 0 && (prefix[^1] != '/' ? "it does not end in '/'." : FindFault(prefix[..^1])) is { } fault)
        {
            throw new ArgumentException($"'{prefix}' is not a prefix: {fault}", nameof(prefix));
        }

        return prefix;
    }

    private static string? FindFault(string key)
    {
        if (Encoding.UTF8.GetByteCount(key) > MaxBytes)
        {
            return $"it is longer than {MaxBytes} bytes.";
        }

        foreach (var c in key)
        {
            // Characters with a meaning of their own on some file system.
            if (char.IsControl(c) || c is '\\' or ':')
            {
                return $"the character U+{(int)c:X4} is not allowed.";
            }
        }

        foreach (var part in key.Split('/'))
        {
            if (part.Length == 0 || part[0] == '.')
            {
                return "its parts, joined by '/', must not be empty or start with '.'.";
            }

            if (Encoding.UTF8.GetByteCount(part) > MaxPartBytes)
            {
                return $"a part is longer than {MaxPartBytes} bytes.";
            }
        }

        return null;
    }
}
