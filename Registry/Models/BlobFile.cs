using System.Buffers;
using System.Security.Cryptography;
using Analytics.Registry.Store;

namespace Analytics.Registry.Models;

/// <summary>Content-addressed files: describing one, and copying one so that only verified content ever appears.</summary>
internal static class BlobFile
{
    private const int BufferBytes = 128 * 1024;

    public static async Task<ModelFile> DescribeAsync(string role, string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        var hash = await SHA256.HashDataAsync(stream, cancellationToken);
        return new ModelFile(role, stream.Length, Convert.ToHexStringLower(hash));
    }

    public static async Task CopyVerifiedAsync(
        StoreObject source, ModelFile file, string location, string path, TimeSpan pause, CancellationToken cancellationToken)
    {
        // Refused before a byte is copied: a 10 GB object must not fill the disk to learn that it is the wrong one.
        if (source.Size != file.Size)
        {
            throw new StoreException(
                StoreErrorKind.Corrupt, $"{location}: expected {file.Size} bytes, found {source.Size}; the blob is not the manifest's.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            await using (var target = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                var hash = await CopyHashedAsync(source.Content, target, file.Size, pause, cancellationToken);
                if (hash != file.Sha256)
                {
                    throw new StoreException(
                        StoreErrorKind.Corrupt, $"{location}: expected the SHA-256 {file.Sha256}, found {hash}; the blob is damaged.");
                }
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task<string> CopyHashedAsync(
        Stream source, Stream target, long size, TimeSpan pause, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // One byte past the size is enough to tell a longer stream, whose hash then differs.
            for (var left = size + 1; left > 0;)
            {
                var read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, BufferBytes)), cancellationToken);
                if (read == 0)
                {
                    break;
                }

                left -= read;
                hash.AppendData(buffer, 0, read);
                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                if (pause > TimeSpan.Zero && left > 1)
                {
                    await Task.Delay(pause, cancellationToken);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
