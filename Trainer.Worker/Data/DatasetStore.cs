using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Store;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// The data sets in the store: <c>datasets/{name}/data.csv</c> is the data and makes the data set exist; <c>schema.json</c>,
/// <c>split.json</c> and <c>upload.json</c> beside it say what is known of it. Members throw <see cref="StoreException"/> when
/// the store cannot answer; a missing data set is an answer.
/// </summary>
internal sealed class DatasetStore(IModelStore store)
{
    private const string DataFile = "data.csv";
    private const string SchemaFile = "schema.json";
    private const string SplitFile = "split.json";
    private const string UploadFile = "upload.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

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
    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        await using var data = await OpenDataAsync(name, cancellationToken);
        return data is not null;
    }

    /// <summary>Opens the data, or returns null when there is no such data set. The caller disposes it.</summary>
    public Task<StoreObject?> OpenDataAsync(string name, CancellationToken cancellationToken) =>
        store.OpenAsync(Key(name, DataFile), cancellationToken);

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
        string name, string path, DatasetSchema? schema, DatasetUpload upload, CancellationToken cancellationToken)
    {
        // The data comes after its schema: it is what makes the data set exist.
        if (schema is not null)
        {
            await store.PutDocumentAsync(Key(name, SchemaFile), Serialize(schema), PutCondition.None, cancellationToken);
        }

        await store.PutFileAsync(Key(name, DataFile), path, cancellationToken);
        await store.PutDocumentAsync(Key(name, UploadFile), Serialize(upload), PutCondition.None, cancellationToken);
    }

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
