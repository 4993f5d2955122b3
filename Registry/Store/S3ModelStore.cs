using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace Analytics.Registry.Store;

/// <summary>The store in a bucket of S3 or of a server that speaks S3 and keeps to its conditional writes.</summary>
internal sealed class S3ModelStore : IModelStore
{
    private static readonly TimeSpan ConflictPause = TimeSpan.FromMilliseconds(50);

    private readonly IAmazonS3 _s3;
    private readonly string _bucket;
    private readonly string _prefix;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly S3Errors _errors;
    private readonly S3Upload _upload;

    public S3ModelStore(IAmazonS3 s3, string bucket, string prefix, StoreOptions options, TimeProvider time)
    {
        (_s3, _bucket, _prefix, _options, _time) = (s3, bucket, prefix, options, time);
        Location = $"s3://{bucket}/{prefix}".TrimEnd('/');
        _errors = new S3Errors(Location, options);
        _upload = new S3Upload(s3, bucket, options.RequestTimeout, time);
    }

    public string Location { get; }

    /// <summary>The keys of one page of a listing.</summary>
    internal int PageSize { get; init; } = 1000;

    public Task<DocumentRead> ReadDocumentAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        return CallAsync(
            $"reading {key}",
            async token =>
            {
                using var found = await GetAsync(key, ifNoneMatch, token);
                return found.Response is { } response
                    ? new DocumentRead(ReadStatus.Found, await ReadAsync(response, key, token), response.ETag)
                    : new DocumentRead(found.Status, default, null);
            },
            cancellationToken);
    }

    public Task<PutResult> PutDocumentAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        StoreLimits.RequireDocument(content.Length, $"{Location}/{key}");
        var bytes = content.ToArray();
        return CallAsync($"putting {key}", token => PutAsync(key, bytes, condition, token), cancellationToken);
    }

    public async Task<StoreObject?> OpenAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        var found = await CallAsync($"opening {key}", token => GetAsync(key, null, token), cancellationToken);
        if (found.Response is not { } response)
        {
            return null;
        }

        var content = new StoreContentStream(
            response.ResponseStream, _options.RequestTimeout, e => _errors.Explain(e, $"reading {key}"), response, _time);
        return new StoreObject(content, response.ContentLength);
    }

    public async Task PutFileAsync(string key, string path, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        try
        {
            await _upload.PutAsync(_prefix + key, path, cancellationToken);
        }
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException)
            && !cancellationToken.IsCancellationRequested && _errors.Explain(e, $"putting {key}") is { } error)
        {
            throw error;
        }
    }

    public async IAsyncEnumerable<StoreEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in ListPagesAsync(prefix, delimiter: null, cancellationToken))
        {
            foreach (var found in page.S3Objects ?? [])
            {
                // Not, for one, the empty objects that the console's "create folder" puts, whose key ends in a slash.
                if (ObjectKey.IsKey(found.Key[_prefix.Length..]))
                {
                    yield return new StoreEntry(
                        found.Key[_prefix.Length..], found.Size ?? 0, new DateTimeOffset(found.LastModified ?? default));
                }
            }
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var page in ListPagesAsync(prefix, "/", cancellationToken))
        {
            names.AddRange((page.CommonPrefixes ?? []).Select(p => p[(_prefix.Length + prefix.Length)..^1]).Where(ObjectKey.IsKey));
        }

        // S3 orders them with their slash, which puts "iris-2/" before "iris/".
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            yield return name;
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        return CallAsync($"deleting {key}", token => _s3.DeleteObjectAsync(_bucket, _prefix + key, token), cancellationToken);
    }

    public Task CheckAsync(CancellationToken cancellationToken) => CallAsync(
        "listing the root",
        token => _s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _bucket, Prefix = _prefix, MaxKeys = 1 }, token),
        cancellationToken);

    private async Task<T> CallAsync<T>(string operation, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_options.RequestTimeout, _time, cancellationToken);
        try
        {
            // WaitAsync: the SDK looks for credentials in places that do not all heed the token.
            return await call(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && _errors.Explain(e, operation) is { } error)
        {
            throw error;
        }
    }

    private async Task<Answer> GetAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetObjectRequest { BucketName = _bucket, Key = _prefix + key, EtagToNotMatch = ifNoneMatch };
            return new Answer(ReadStatus.Found, await _s3.GetObjectAsync(request, cancellationToken));
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotModified)
        {
            return new Answer(ReadStatus.NotModified, null);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return new Answer(ReadStatus.NotFound, null);
        }
    }

    private async Task<byte[]> ReadAsync(GetObjectResponse response, string key, CancellationToken cancellationToken)
    {
        StoreLimits.RequireDocument(response.ContentLength, $"{Location}/{key}");
        var content = new byte[response.ContentLength];
        await response.ResponseStream.ReadExactlyAsync(content, cancellationToken);
        return content;
    }

    private async Task<PutResult> PutAsync(string key, byte[] content, PutCondition condition, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var request = new PutObjectRequest
                {
                    BucketName = _bucket,
                    Key = _prefix + key,
                    InputStream = new MemoryStream(content),
                    // The checksum goes in a header and not in a trailer, which many servers do not know (aws-sdk-net#3610).
                    UseChunkEncoding = false,
                    IfNoneMatch = condition.Kind == PutConditionKind.IfAbsent ? "*" : null,
                    // Without quotes: S3 takes both forms, some servers (Ceph and what builds on it) only this one.
                    IfMatch = condition.Kind == PutConditionKind.IfMatch ? condition.ETag?.Trim('"') : null,
                };
                return new PutResult(true, (await _s3.PutObjectAsync(request, cancellationToken)).ETag);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed
                || (e.ErrorCode == "NoSuchKey" && condition.Kind == PutConditionKind.IfMatch))
            {
                return new PutResult(false, null);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.Conflict && attempt < _options.MaxRetries)
            {
                // Another conditional put of the key was under way. The same put again, under the same condition, tells
                // whether that one took effect.
                await Task.Delay(ConflictPause * (attempt + 1), _time, cancellationToken);
            }
        }
    }

    private async IAsyncEnumerable<ListObjectsV2Response> ListPagesAsync(
        string prefix, string? delimiter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = _bucket,
            Prefix = _prefix + ObjectKey.RequirePrefix(prefix),
            Delimiter = delimiter,
            MaxKeys = PageSize,
        };
        ListObjectsV2Response page;
        do
        {
            page = await CallAsync($"listing {prefix}", token => _s3.ListObjectsV2Async(request, token), cancellationToken);
            yield return page;
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true && page.NextContinuationToken is not null);
    }

    private readonly record struct Answer(ReadStatus Status, GetObjectResponse? Response) : IDisposable
    {
        public void Dispose() => Response?.Dispose();
    }
}
