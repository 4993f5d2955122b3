using System.Diagnostics.CodeAnalysis;

namespace Analytics.Registry.Store;

/// <summary>The address of a store, taken apart.</summary>
/// <param name="Bucket">The bucket; null for a directory.</param>
/// <param name="Prefix">Empty, or the prefix with a slash behind it.</param>
/// <param name="Directory">The directory; null for S3.</param>
internal sealed record StoreUrl(string? Bucket, string Prefix, string? Directory)
{
    /// <summary>The two forms, for messages.</summary>
    public const string Forms = "s3://bucket/prefix or file:///absolute/dir";

    public static bool TryParse(string? text, [NotNullWhen(true)] out StoreUrl? url)
    {
        url = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.Query.Length > 0
            || uri.Fragment.Length > 0 || !text.Contains("://", StringComparison.Ordinal))
        {
            return false;
        }

        if (uri.Scheme == Uri.UriSchemeFile && uri.Host.Length == 0 && Path.IsPathFullyQualified(uri.LocalPath))
        {
            url = new StoreUrl(null, "", Path.TrimEndingDirectorySeparator(Path.GetFullPath(uri.LocalPath)));
        }
        else if (uri.Scheme == "s3" && uri.Host.Length > 0 && uri.IsDefaultPort)
        {
            var prefix = Uri.UnescapeDataString(uri.AbsolutePath).Trim('/');
            url = new StoreUrl(uri.Host, prefix.Length == 0 ? "" : prefix + "/", null);
        }

        return url is not null;
    }
}
