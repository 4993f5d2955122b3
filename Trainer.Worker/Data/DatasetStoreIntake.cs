using Analytics.Trainer.Worker.Data.Reading;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Takes a file into the data sets: it is read through once, strictly, before anything is stored, so that a fault is told to
/// the one who uploads it and not to the one who trains on it.
/// </summary>
internal sealed class DatasetStoreIntake(DatasetStore datasets, TimeProvider time)
{
    /// <summary>Checks the file and stores it; a null <paramref name="schema"/> keeps what the data set said before.</summary>
    /// <exception cref="InvalidInputException">The file is not a CSV file, or the schema names columns that it does not have.</exception>
    public async Task<DatasetUpload> TakeAsync(
        string name, string path, DatasetSchema? schema, string by, CancellationToken cancellationToken)
    {
        var file = await SourceFile.CheckAsync(path, null, schema?.Delimiter, Path.GetTempPath(), DatasetSource.DefaultMostBytes, cancellationToken);
        RequireColumns(file.Header, schema);
        var upload = new DatasetUpload(new FileInfo(path).Length, file.Sha256, file.Rows!.Value, file.Header, by, time.GetUtcNow());
        await datasets.PutAsync(name, path, schema, upload, cancellationToken);
        return upload;
    }

    private static void RequireColumns(IReadOnlyList<string> columns, DatasetSchema? schema)
    {
        if (schema is null)
        {
            return;
        }

        var parts = new (string Part, IReadOnlyList<string> Names)[]
        {
            ("label", schema.Label is null ? [] : [schema.Label]),
            ("include", schema.Include ?? []),
            ("exclude", schema.Exclude ?? []),
            ("text", schema.Text ?? []),
        };
        foreach (var (part, names) in parts)
        {
            if (names.FirstOrDefault(n => !columns.Contains(n, StringComparer.Ordinal)) is { } unknown)
            {
                throw new InvalidInputException(
                    $"'{part}' names column '{unknown}', which the data does not have; it has {NameList.Of(columns)}.");
            }
        }
    }
}
