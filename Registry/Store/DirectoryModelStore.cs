using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Analytics.Registry.Store;

/// <summary>
/// The store in a directory (<c>file:///dir</c>), shared by processes of one machine, or of several over a network file
/// system with locks and hard links. A key is a file's path; an ETag is the content's SHA-256. The folder <c>.store</c> is the
/// store's own: unfinished files, the lock, and the sign that this directory is a store.
/// </summary>
internal sealed class DirectoryModelStore(string root, TimeSpan lockTimeout, TimeProvider time) : IModelStore, IDisposable
{
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly string _own = Path.Combine(root, DirectoryErrors.OwnFolder);
    private readonly DirectoryLock _lock = new(Path.Combine(root, DirectoryErrors.OwnFolder, "lock"), lockTimeout, time);
    private readonly DirectoryErrors _errors = new(root);

    public string Location => _errors.Location;

    /// <summary>Creates the root when it is missing and removes what writers that were killed left behind.</summary>
    public void CreateRoot()
    {
        try
        {
            Directory.CreateDirectory(_own);
            foreach (var file in new DirectoryInfo(_own).EnumerateFiles("*.part"))
            {
                if (time.GetUtcNow() - file.LastWriteTimeUtc > AbandonedAfter)
                {
                    file.Delete();
                }
            }
        }
        catch (Exception e) when (_errors.Explain(e, "creating the root") is { } error)
        {
            throw error;
        }
    }

    public Task<DocumentRead> ReadDocumentAsync(string key, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        return CallAsync($"reading {key}", async () =>
        {
            if (await ReadAsync(key, path, cancellationToken) is not { } content)
            {
                return new DocumentRead(ReadStatus.NotFound, default, null);
            }

            var etag = ETagOf(content);
            return etag == ifNoneMatch
                ? new DocumentRead(ReadStatus.NotModified, default, null)
                : new DocumentRead(ReadStatus.Found, content, etag);
        });
    }

    public Task<PutResult> PutDocumentAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        StoreLimits.RequireDocument(content.Length, $"{Location}/{key}");
        return CallAsync($"putting {key}", () => PutAsync(
            path,
            target => target.WriteAsync(content, cancellationToken).AsTask(),
            async temporary => condition.Kind switch
            {
                PutConditionKind.IfAbsent => AtomicFile.TryCreate(temporary, path),
                PutConditionKind.IfMatch => await ReplaceAsync(key, temporary, path, condition.ETag, cancellationToken),
                _ => await ReplaceAsync(key, temporary, path, null, cancellationToken),
            }
                ? new PutResult(true, ETagOf(content.Span))
                : new PutResult(false, null)));
    }

    public async Task PutFileAsync(string key, string path, CancellationToken cancellationToken)
    {
        var destination = PathOf(key);
        await using var source = File.OpenRead(path);
        await CallAsync($"putting {key}", () => PutAsync(
            destination,
            target => source.CopyToAsync(target, cancellationToken),
            temporary => ReplaceAsync(key, temporary, destination, null, cancellationToken)));
    }

    public Task<StoreObject?> OpenAsync(string key, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        cancellationToken.ThrowIfCancellationRequested();
        return CallAsync($"opening {key}", () =>
        {
            if (Open(path) is not { } file)
            {
                return Task.FromResult<StoreObject?>(null);
            }

            var content = new StoreContentStream(
                file, Timeout.InfiniteTimeSpan, e => _errors.Explain(e, $"reading {key}"), owner: null, time);
            return Task.FromResult<StoreObject?>(new StoreObject(content, file.Length));
        });
    }

    public async IAsyncEnumerable<StoreEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = PathOfPrefix(prefix);
        foreach (var entry in await CallAsync($"listing {prefix}", () =>
            Task.FromResult(DirectoryListing.Objects(new DirectoryInfo(folder), prefix, cancellationToken).ToList())))
        {
            yield return entry;
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = PathOfPrefix(prefix);
        foreach (var name in await CallAsync($"listing {prefix}", () =>
            Task.FromResult(DirectoryListing.Folders(new DirectoryInfo(folder), cancellationToken).ToList())))
        {
            yield return name;
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        cancellationToken.ThrowIfCancellationRequested();
        return CallAsync($"deleting {key}", () =>
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception e) when (e is DirectoryNotFoundException || Directory.Exists(path))
            {
                // No such object: its folder is missing, or it is a folder itself.
            }

            return Task.FromResult(true);
        });
    }

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CallAsync("listing the root", () => Task.FromResult(Directory.EnumerateFileSystemEntries(root).Any()));
    }

    public void Dispose() => _lock.Dispose();

    private async Task<T> CallAsync<T>(string operation, Func<Task<T>> call)
    {
        try
        {
            // Looked at first: under a root that went away (an unmounted disk), nothing is there and nothing may be made.
            _errors.RequireRoot(operation);
            return await call();
        }
        catch (Exception e) when (_errors.Explain(e, operation) is { } error)
        {
            throw error;
        }
    }

    private async Task<T> PutAsync<T>(string destination, Func<Stream, Task> write, Func<string, Task<T>> publish)
    {
        var temporary = Path.Combine(_own, $"{Guid.NewGuid():N}.part");
        Directory.CreateDirectory(Path.GetDirectoryName(destination)!);
        try
        {
            await using (var target = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await write(target);
                target.Flush(flushToDisk: true);
            }

            var result = await publish(temporary);
            // What is told as written survives the machine: the content, and now its name.
            AtomicFile.FlushFolder(Path.GetDirectoryName(destination)!);
            return result;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<bool> ReplaceAsync(string key, string temporary, string path, string? etag, CancellationToken cancellationToken)
    {
        using var held = await _lock.TryAcquireAsync(cancellationToken) ?? throw _errors.Locked(lockTimeout);
        if (etag is not null && (await ReadAsync(key, path, cancellationToken) is not { } current || ETagOf(current) != etag))
        {
            return false;
        }

        File.Move(temporary, path, overwrite: true);
        return true;
    }

    private async Task<byte[]?> ReadAsync(string key, string path, CancellationToken cancellationToken)
    {
        await using var file = Open(path);
        if (file is null)
        {
            return null;
        }

        StoreLimits.RequireDocument(file.Length, $"{Location}/{key}");
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellationToken);
        return content;
    }

    private FileStream? Open(string path)
    {
        try
        {
            // Readers hold up no writer: what they read stays whole, because it is replaced and never written to.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException || Directory.Exists(path))
        {
            // A folder is no object. Looked at again: the root may have gone since.
            _errors.RequireRoot($"opening {path}");
            return null;
        }
    }

    private string PathOf(string key) => Path.Combine([root, .. ObjectKey.Require(key).Split('/')]);

    private string PathOfPrefix(string prefix) => Path.Combine([root, .. ObjectKey.RequirePrefix(prefix).Split('/')]);

    private static string ETagOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
