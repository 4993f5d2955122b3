using Amazon.S3;
using Amazon.S3.Model;

namespace Analytics.Registry.Store;

/// <summary>Puts files of any size; large ones in parts, which S3 shows as one object when the last is there.</summary>
internal sealed class S3Upload(IAmazonS3 s3, string bucket, TimeSpan pace, TimeProvider time)
{
    private const int MaxParts = 10_000;

    /// <summary>From this size on in parts: one request is simpler and quicker below.</summary>
    public long MultipartBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The size of a part, at least 5 MB by S3's rules; larger where 10,000 parts would not do.</summary>
    public long PartBytes { get; init; } = 16 * 1024 * 1024;

    public async Task PutAsync(string key, string path, CancellationToken cancellationToken)
    {
        var size = new FileInfo(path).Length;
        if (size >= MultipartBytes)
        {
            await PutPartsAsync(key, path, size, cancellationToken);
            return;
        }

        await PacedAsync(
            (progress, token) => s3.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = bucket,
                    Key = key,
                    FilePath = path,
                    UseChunkEncoding = false,
                    StreamTransferProgress = progress,
                },
                token),
            cancellationToken);
    }

    private async Task PutPartsAsync(string key, string path, long size, CancellationToken cancellationToken)
    {
        var upload = await PacedAsync(
            (_, token) => s3.InitiateMultipartUploadAsync(bucket, key, token), cancellationToken);
        try
        {
            var complete = new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload.UploadId };
            var part = Math.Max(PartBytes, (size + MaxParts - 1) / MaxParts);
            for (long position = 0, number = 1; position < size; position += part, number++)
            {
                var request = new UploadPartRequest
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = upload.UploadId,
                    PartNumber = (int)number,
                    FilePath = path,
                    FilePosition = position,
                    PartSize = Math.Min(part, size - position),
                    UseChunkEncoding = false,
                };
                complete.AddPartETagsAndChecksums(await PacedAsync(
                    (progress, token) =>
                    {
                        request.StreamTransferProgress = progress;
                        return s3.UploadPartAsync(request, token);
                    },
                    cancellationToken));
            }

            await PacedAsync((_, token) => s3.CompleteMultipartUploadAsync(complete, token), cancellationToken);
        }
        catch
        {
            await AbortAsync(key, upload.UploadId);
            throw;
        }
    }

    /// <summary>Frees the parts that are there, which S3 would keep and charge for. The caller's error counts, not this one's.</summary>
    private async Task AbortAsync(string key, string uploadId)
    {
        try
        {
            await PacedAsync((_, token) => s3.AbortMultipartUploadAsync(bucket, key, uploadId, token), CancellationToken.None);
        }
        catch (Exception e) when (e is AmazonS3Exception or HttpRequestException or IOException or OperationCanceledException)
        {
            // The server is away. What stays, as after a kill, the bucket's lifecycle rule for incomplete uploads removes.
        }
    }

    private async Task<T> PacedAsync<T>(
        Func<EventHandler<Amazon.Runtime.StreamTransferProgressArgs>, CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(pace, time, cancellationToken);
        return await request((_, _) => deadline.Renew(), deadline.Token);
    }
}
