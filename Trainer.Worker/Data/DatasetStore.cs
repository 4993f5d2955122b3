using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Data.Reading;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// The data sets in the store: files under <c>datasets/{name}/</c> that are named as data (.csv, .tsv, .parquet, .ndjson …, with
/// .gz or without) are the data and make the data set exist; <c>schema.json</c>, <c>split.json</c>, <c>upload.json</c> and
/// <c>profile.json</c> beside them say what is known of it. Members throw <see cref="StoreException"/> when
/// the store cannot answer; a missing data set is an answer.
/// </summary>
internal sealed class DatasetStore(IModelStore store)
{
    private const string SchemaFile = "schema.json";
    private const string SplitFile = "split.json";
    private const string UploadFile = "upload.json";
    private const string ProfileFile = "profile.json";
    private const string ManyFolder = "data";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>The names of the data sets, in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var name in store.ListFoldersAsync(StoreKeys.Datasets, cancellationToken))
        {
            if (RegistryName.IsDataset(name) && await ExistsAsync(name, cancellationToken))
            {
                names.Add(name);
            }
        }

        return names;
    }

    /// <summary>True when there is data under this name.</summary>
    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        await DataAsync(name, cancellationToken).AnyAsync(cancellationToken);

    /// <summary>The data set's files, in the order of their keys; none when there is no such data set.</summary>
    public async Task<IReadOnlyList<StoreEntry>> FilesAsync(string name, CancellationToken cancellationToken) =>
        await DataAsync(name, cancellationToken).ToListAsync(cancellationToken);

    /// <summary>
    /// Copies the data set into a folder, and returns the name of the file, or of a folder of files, in it. Throws
    /// <see cref="InvalidInputException"/> when it has more than <paramref name="mostBytes"/>.
    /// </summary>
    public async Task<string> FetchAsync(
        string name, IReadOnlyList<StoreEntry> files, string folder, long mostBytes, CancellationToken cancellationToken)
    {
        if (files.Sum(f => f.Size) is var bytes && bytes > mostBytes)
        {
            throw new InvalidInputException(
                $"Data set '{name}' has {bytes} bytes, more than the {mostBytes} that Trainer:MaxDatasetBytes allows. Make it smaller or raise the bound.");
        }

        var prefix = StoreKeys.Dataset(name).Length;
        foreach (var file in files)
        {
            // Keys may have folders of their own; one folder of ours holds all, their names in the keys' order.
            var target = files.Count == 1
                ? Path.Combine(folder, Path.GetFileName(file.Key))
                : Path.Combine(Directory.CreateDirectory(Path.Combine(folder, ManyFolder)).FullName, file.Key[prefix..].Replace('/', '_'));
            await using var data = await store.OpenAsync(file.Key, cancellationToken)
                ?? throw new StoreException(StoreErrorKind.Unavailable, $"{store.Location}/{file.Key} was there and is not; try again.");
            await using var copy = new FileStream(target, FileMode.Create, FileAccess.Write);
            await data.Content.CopyToAsync(copy, cancellationToken);
        }

        return files.Count == 1 ? Path.GetFileName(files[0].Key) : ManyFolder;
    }

    /// <summary>The profile that was made of the data, or null.</summary>
    public Task<StoredProfile?> ReadProfileAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync<StoredProfile>(Key(name, ProfileFile), cancellationToken);

    /// <summary>Keeps a profile.</summary>
    public Task PutProfileAsync(string name, StoredProfile profile, CancellationToken cancellationToken) =>
        store.PutDocumentAsync(Key(name, ProfileFile), Serialize(profile), PutCondition.None, cancellationToken);

    /// <summary>What is said of the data set; nothing (all null) where nobody said anything.</summary>
    public async Task<DatasetSchema> ReadSchemaAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync<DatasetSchema>(Key(name, SchemaFile), cancellationToken) ?? new DatasetSchema();

    /// <summary>The split, or null before the first training.</summary>
    public Task<SplitDefinition?> ReadSplitAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync<SplitDefinition>(Key(name, SplitFile), cancellationToken);

    /// <summary>How the data got here, or null when it was put into the store by other means.</summary>
    public Task<DatasetUpload?> ReadUploadAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync<DatasetUpload>(Key(name, UploadFile), cancellationToken);

    /// <summary>
    /// Fixes the split for good, and returns the one that counts: this one, or the one that somebody fixed before.
    /// </summary>
    public async Task<SplitDefinition> FixSplitAsync(string name, SplitDefinition split, CancellationToken cancellationToken)
    {
        var key = Key(name, SplitFile);
        var put = await store.PutDocumentAsync(key, Serialize(split), PutCondition.IfAbsent, cancellationToken);
        return put.Written
            ? split
            : await ReadAsync<SplitDefinition>(key, cancellationToken)
                ?? throw new StoreException(StoreErrorKind.Unavailable, $"{store.Location}/{key} exists and then does not; try again.");
    }

    /// <summary>
    /// Puts a data set, replacing the one of the same name; its split stays, so a row once held out is never trained on. A null
    /// <paramref name="schema"/> keeps what was said before.
    /// </summary>
    public async Task PutAsync(
        string name, string path, string fileName, DatasetSchema? schema, DatasetUpload upload, CancellationToken cancellationToken)
    {
        var before = await FilesAsync(name, cancellationToken);
        // The data comes after its schema: it is what makes the data set exist.
        if (schema is not null)
        {
            await store.PutDocumentAsync(Key(name, SchemaFile), Serialize(schema), PutCondition.None, cancellationToken);
        }

        await store.PutFileAsync(Key(name, fileName), path, cancellationToken);
        foreach (var file in before.Where(f => f.Key != Key(name, fileName)))
        {
            await store.DeleteAsync(file.Key, cancellationToken);
        }

        await store.PutDocumentAsync(Key(name, UploadFile), Serialize(upload), PutCondition.None, cancellationToken);
    }

    private IAsyncEnumerable<StoreEntry> DataAsync(string name, CancellationToken cancellationToken) =>
        store.ListAsync(StoreKeys.Dataset(name), cancellationToken).Where(f => DataFormats.OfName(f.Key) is not null);

    private static string Key(string name, string file) => StoreKeys.Dataset(name) + file;

    private static byte[] Serialize<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

    private async Task<T?> ReadAsync<T>(string key, CancellationToken cancellationToken)
        where T : class
    {
        var read = await store.ReadDocumentAsync(key, null, cancellationToken);
        if (read.Status != ReadStatus.Found)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<T>(read.Content.Span, Json)
                ?? throw new StoreException(StoreErrorKind.Corrupt, $"{store.Location}/{key}: expected a JSON object, found null.");
        }
        catch (JsonException e)
        {
            throw new StoreException(StoreErrorKind.Corrupt, $"{store.Location}/{key} is not a valid {typeof(T).Name}: {e.Message}", e);
        }
    }
}

/// <summary>How a data set got into the store.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of the file, 64 lower-case hexadecimal digits.</param>
/// <param name="Rows">Data rows.</param>
/// <param name="Columns">The header's names, in order.</param>
/// <param name="By">Who put it.</param>
/// <param name="At">When (UTC).</param>
internal sealed record DatasetUpload(long Bytes, string Sha256, long Rows, IReadOnlyList<string> Columns, string By, DateTimeOffset At);

/// <summary>A profile of a data set (<c>profile.json</c>).</summary>
/// <param name="Of">What it was made of: files and schema; another value means that it is out of date.</param>
/// <param name="Inspection">What was found.</param>
internal sealed record StoredProfile(string Of, Inspection Inspection);
