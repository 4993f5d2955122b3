using Analytics.Trainer.Worker.Data.Reading;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Takes a file into the data sets: it is read through once, strictly, before anything is stored, so that a fault is told to
/// the one who uploads it and not to the one who trains on it.
/// </summary>
internal sealed class DatasetStoreIntake(DatasetStore datasets, TimeProvider time, DatasetInspection? inspection = null)
{
    /// <summary>Checks the file and stores it; a null <paramref name="schema"/> keeps what the data set said before.</summary>
    /// <exception cref="InvalidInputException">The file is not what it is said to be, or the schema names columns that it does not have.</exception>
    public async Task<DatasetUpload> TakeAsync(
        string name,
        string path,
        DatasetSchema? schema,
        string by,
        CancellationToken cancellationToken,
        DataFormat? said = null,
        long mostBytes = DatasetSource.DefaultMostBytes)
    {
        var scratch = Path.Combine(Path.GetDirectoryName(path)!, $"unpacked-{Guid.NewGuid():N}");
        try
        {
            var file = await SourceFile.CheckAsync(path, said, schema?.Delimiter, scratch, mostBytes, cancellationToken);
            var (columns, rows) = file.Rows is { } counted
                ? (file.Header, counted)
                : await LookAsync(path, schema ?? new DatasetSchema(), cancellationToken);
            RequireColumns(columns, schema);
            _ = new CellSql(schema ?? new DatasetSchema());
            if (schema?.Split is { } split && SplitRules.FindFault(split) is { } fault)
            {
                throw new InvalidInputException(fault);
            }

            var upload = new DatasetUpload(new FileInfo(path).Length, file.Sha256, rows, columns, by, time.GetUtcNow());
            var stored = DataFormats.FileName(file.Format, gzip: file.Path != path);
            await datasets.PutAsync(name, path, stored, schema, upload, cancellationToken);
            return upload;
        }
        finally
        {
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }

    // What only DuckDB can read is looked at in a process of its own.
    private async Task<(IReadOnlyList<string> Columns, long Rows)> LookAsync(
        string path, DatasetSchema schema, CancellationToken cancellationToken)
    {
        var found = await (inspection ?? throw new NotSupportedException("Only CSV can be taken here.")).InspectAsync(
            folder =>
            {
                File.CreateSymbolicLink(Path.Combine(folder, "upload"), path);
                return Task.FromResult("upload");
            },
            schema,
            cancellationToken);
        return found.Error is { } error ? throw new InvalidInputException(error) : (found.Columns!, found.Profile!.Rows);
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
            ("number", schema.Number ?? []),
            ("split", schema.Split?.Column is { } column ? [column] : []),
            ("boolean", schema.Boolean ?? []),
            ("date", schema.Date ?? []),
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
