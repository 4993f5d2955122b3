using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Analytics.Registry.Store;

namespace Analytics.Registry.Models;

/// <summary>
/// Models, versions and aliases in a store: the layout's rules (blobs first, the manifest's creation is the commit, aliases
/// move under a condition) in one place. Safe for any number of threads and processes. Members throw
/// <see cref="StoreException"/> when the store cannot answer, <see cref="ArgumentException"/> for a name of another form.
/// </summary>
public sealed class ModelRegistry(IModelStore store, TimeProvider time)
{
    /// <summary>The store below.</summary>
    public IModelStore Store => store;

    /// <summary>The models that have a folder, in ordinal order; a folder of another form of name is passed over.</summary>
    public async IAsyncEnumerable<string> ListModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var name in store.ListFoldersAsync(StoreKeys.Models, cancellationToken))
        {
            if (RegistryName.IsModel(name))
            {
                yield return name;
            }
        }
    }

    /// <summary>The committed versions of a model, ascending; none for a model that does not exist.</summary>
    public async IAsyncEnumerable<int> ListVersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListAsync(StoreKeys.Versions(model), cancellationToken))
        {
            // Only what a reader of that version would read: not "7.json", nor a manifest in a folder below.
            if (StoreKeys.VersionOf(entry.Key) is { } version && StoreKeys.Manifest(model, version) == entry.Key)
            {
                yield return version;
            }
        }
    }

    /// <summary>A version's manifest, or null when there is no such version. A damaged one is a <see cref="StoreErrorKind.Corrupt"/> error.</summary>
    public async Task<Manifest?> FindManifestAsync(string model, int version, CancellationToken cancellationToken)
    {
        var key = StoreKeys.Manifest(model, version);
        var read = await store.ReadDocumentAsync(key, null, cancellationToken);
        if (read.Status == ReadStatus.NotFound)
        {
            return null;
        }

        // Before the rest: a document of a future format need not have today's members.
        var format = Parse(read.Content, RegistryJson.Default.ManifestFormat, key).Format;
        var manifest = ManifestRules.FindFormatFault(format) is { } future
            ? throw Corrupt(key, future)
            : Parse(read.Content, RegistryJson.Default.Manifest, key);
        return ManifestRules.FindFault(manifest, model, version) is { } fault ? throw Corrupt(key, fault) : manifest;
    }

    /// <summary>
    /// Commits a version by creating its manifest. Its files must be in the store already; one that is missing or has another
    /// size is a <see cref="StoreErrorKind.Corrupt"/> error and nothing is committed. Call it again after an error: a manifest
    /// that this run has already created is told as <see cref="CommitStatus.Committed"/>.
    /// </summary>
    public async Task<CommitResult> CommitAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (ManifestRules.FindFault(manifest, manifest.Model, manifest.Version) is { } fault)
        {
            throw new ArgumentException(fault, nameof(manifest));
        }

        foreach (var file in manifest.Files)
        {
            await RequireBlobAsync(manifest.Model, file, cancellationToken);
        }

        var key = StoreKeys.Manifest(manifest.Model, manifest.Version);
        var content = JsonSerializer.SerializeToUtf8Bytes(manifest, RegistryJson.Default.Manifest);
        if ((await store.PutDocumentAsync(key, content, PutCondition.IfAbsent, cancellationToken)).Written)
        {
            return new CommitResult(CommitStatus.Committed, manifest);
        }

        var existing = await FindManifestAsync(manifest.Model, manifest.Version, cancellationToken)
            ?? throw new StoreException(StoreErrorKind.Unavailable, $"{store.Location}/{key} exists and then does not; try again.");
        return new CommitResult(existing.RunId == manifest.RunId ? CommitStatus.Committed : CommitStatus.NumberTaken, existing);
    }

    /// <summary>Puts a file under its SHA-256; always, never skipped as "already there", so that a clean-up cannot race with it.</summary>
    public async Task<ModelFile> PutFileAsync(string model, string role, string path, CancellationToken cancellationToken)
    {
        var file = await BlobFile.DescribeAsync(role, path, cancellationToken);
        await store.PutFileAsync(StoreKeys.Blob(model, file.Sha256), path, cancellationToken);
        return file;
    }

    /// <summary>The highest version number that is taken; 0 when the model has none.</summary>
    public async Task<int> FindHighestVersionAsync(string model, CancellationToken cancellationToken)
    {
        var highest = 0;
        await foreach (var version in ListVersionsAsync(model, cancellationToken))
        {
            highest = Math.Max(highest, version);
        }

        return highest;
    }

    /// <summary>
    /// Copies a version's file to <paramref name="path"/>; size and SHA-256 are verified before it appears there. A blob that
    /// is missing or has other content is a <see cref="StoreErrorKind.Corrupt"/> error.
    /// </summary>
    public async Task FetchFileAsync(
        string model, ModelFile file, string path, CancellationToken cancellationToken, TimeSpan pause = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        var key = StoreKeys.Blob(model, file.Sha256);
        await using var source = await store.OpenAsync(key, cancellationToken)
            ?? throw Corrupt(key, $"the {file.Role} file is missing.");
        await BlobFile.CopyVerifiedAsync(source, file, $"{store.Location}/{key}", path, pause, cancellationToken);
    }

    /// <summary>Reads an alias; with the ETag of an earlier read an unchanged alias costs next to nothing.</summary>
    public async Task<AliasRead> ReadAliasAsync(string model, string alias, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        var key = StoreKeys.Alias(model, alias);
        var read = await store.ReadDocumentAsync(key, ifNoneMatch, cancellationToken);
        if (read.Status != ReadStatus.Found)
        {
            return new AliasRead(read.Status, null, read.Status == ReadStatus.NotModified ? ifNoneMatch : null);
        }

        var setting = Parse(read.Content, RegistryJson.Default.AliasSetting, key);
        return setting is not { Version: > 0, Sequence: > 0 }
                ? throw Corrupt(key, $"version and sequence start at 1; found {setting.Version} and {setting.Sequence}.")
            : AliasSetting.FindShareFault(alias, setting.Share) is { } fault ? throw Corrupt(key, fault)
            : new AliasRead(ReadStatus.Found, setting, read.ETag);
    }

    /// <summary>
    /// Moves an alias, provided that it still is as <paramref name="decidedOn"/> read it (found or not found); else nothing
    /// changes and the answer holds the setting that is there now. The setting replaced is kept as an immutable document
    /// first, so the history never has a gap. Throws <see cref="InvalidOperationException"/> when the version does not exist.
    /// </summary>
    public Task<AliasChange> SetAliasAsync(
        string model, string alias, int version, string setBy, string reason, AliasRead decidedOn, CancellationToken cancellationToken) =>
        SetAliasAsync(model, alias, new AliasOrder(version, setBy, reason), decidedOn, cancellationToken);

    /// <summary>The same, with all that a setting may have.</summary>
    public async Task<AliasChange> SetAliasAsync(
        string model, string alias, AliasOrder order, AliasRead decidedOn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(order.SetBy, nameof(order));
        ArgumentNullException.ThrowIfNull(order.Reason, nameof(order));
        ArgumentNullException.ThrowIfNull(decidedOn);
        if (AliasSetting.FindShareFault(alias, order.Share) is { } fault)
        {
            throw new ArgumentException(fault, nameof(order));
        }

        if (decidedOn.Status == ReadStatus.NotModified)
        {
            throw new ArgumentException("A move is decided on the setting; read the alias without an ETag first.", nameof(decidedOn));
        }

        if (await FindManifestAsync(model, order.Version, cancellationToken) is null)
        {
            throw new InvalidOperationException($"Model '{model}' has no version {order.Version}; alias '{alias}' stays as it is.");
        }

        long sequence;
        var condition = PutCondition.IfAbsent;
        if (decidedOn is { Status: ReadStatus.Found, Setting: { } replaced, ETag: { } etag })
        {
            sequence = replaced.Sequence + 1;
            condition = PutCondition.IfMatch(etag);
            // 412 here means that another mover kept the same setting already: the same document, nothing to do.
            await store.PutDocumentAsync(
                StoreKeys.AliasHistory(model, alias, replaced.Sequence), Serialize(replaced), PutCondition.IfAbsent, cancellationToken);
        }
        else
        {
            // Past settings without a current one: somebody removed the alias by hand. The count goes on behind them.
            var past = await ListPastSettingsAsync(model, alias, cancellationToken);
            sequence = past.Select(s => s.Sequence).DefaultIfEmpty().Max() + 1;
        }

        var setting = new AliasSetting(order.Version, sequence, order.SetBy, time.GetUtcNow(), order.Reason, order.Share);
        var put = await store.PutDocumentAsync(StoreKeys.Alias(model, alias), Serialize(setting), condition, cancellationToken);
        if (put.Written)
        {
            return new AliasChange(true, setting);
        }

        var current = await ReadAliasAsync(model, alias, null, cancellationToken);
        // A put whose answer was lost and that was then retried meets its own work.
        return current.Setting == setting ? new AliasChange(true, setting) : new AliasChange(false, current.Setting);
    }

    /// <summary>An alias's settings, the current one first; none when it was never set.</summary>
    public async Task<IReadOnlyList<AliasSetting>> ListAliasHistoryAsync(string model, string alias, CancellationToken cancellationToken)
    {
        var current = await ReadAliasAsync(model, alias, null, cancellationToken);
        var settings = await ListPastSettingsAsync(model, alias, cancellationToken);
        // A mover that stopped between the history document and the alias leaves the current setting in both places.
        if (current.Setting is { } setting)
        {
            settings.RemoveAll(s => s.Sequence >= setting.Sequence);
            settings.Add(setting);
        }

        return [.. settings.OrderByDescending(s => s.Sequence)];
    }

    private async Task<List<AliasSetting>> ListPastSettingsAsync(string model, string alias, CancellationToken cancellationToken)
    {
        var settings = new List<AliasSetting>();
        await foreach (var entry in store.ListAsync(StoreKeys.AliasHistory(model, alias), cancellationToken))
        {
            if (StoreKeys.VersionOf(entry.Key) is not { } sequence || StoreKeys.AliasHistory(model, alias, sequence) != entry.Key)
            {
                continue;
            }

            var read = await store.ReadDocumentAsync(entry.Key, null, cancellationToken);
            if (read.Status == ReadStatus.Found)
            {
                settings.Add(Parse(read.Content, RegistryJson.Default.AliasSetting, entry.Key));
            }
        }

        return settings;
    }

    private async Task RequireBlobAsync(string model, ModelFile file, CancellationToken cancellationToken)
    {
        var key = StoreKeys.Blob(model, file.Sha256);
        await using var blob = await store.OpenAsync(key, cancellationToken)
            ?? throw Corrupt(key, $"the {file.Role} file is not in the store; put it before the commit.");
        if (blob.Size != file.Size)
        {
            throw Corrupt(key, $"the {file.Role} file has {blob.Size} bytes, the manifest says {file.Size}; put it again.");
        }
    }

    private static byte[] Serialize(AliasSetting setting) =>
        JsonSerializer.SerializeToUtf8Bytes(setting, RegistryJson.Default.AliasSetting);

    private T Parse<T>(ReadOnlyMemory<byte> content, JsonTypeInfo<T> type, string key)
    {
        try
        {
            return JsonSerializer.Deserialize(content.Span, type)
                ?? throw Corrupt(key, "expected a JSON object, found null.");
        }
        catch (JsonException e)
        {
            throw Corrupt(key, $"not a valid {typeof(T).Name}: {e.Message}", e);
        }
    }

    private StoreException Corrupt(string key, string fault, Exception? inner = null) =>
        new(StoreErrorKind.Corrupt, $"{store.Location}/{key}: {fault}", inner);
}
