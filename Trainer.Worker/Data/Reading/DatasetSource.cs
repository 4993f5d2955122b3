using System.Security.Cryptography;
using System.Text;
using DuckDB.NET.Data;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// A data set's files, checked, as one table of texts: CSV, Parquet or NDJSON, one file or many of one form and the same
/// columns. Every value is read as text and typed by the rules of docs/data.md, so that a value means the same in each form.
/// </summary>
internal sealed class DatasetSource : IDisposable
{
    /// <summary>What a gzip file may hold where nobody says otherwise.</summary>
    public const long DefaultMostBytes = 1L << 40;

    private readonly DuckSession _duck;
    private readonly IReadOnlyList<IReadOnlyList<string>> _expressions;

    private DatasetSource(
        IReadOnlyList<SourceFile> files, DuckSession duck, DatasetSchema schema, string scratch, IReadOnlyList<string> header,
        IReadOnlyList<IReadOnlyList<string>> expressions, IReadOnlyList<string> nested)
    {
        Files = files;
        _duck = duck;
        _expressions = expressions;
        Scratch = scratch;
        Header = header;
        Nested = nested;
        Schema = schema;
        Cells = new CellSql(schema);
    }

    /// <summary>The files, in the order of their names.</summary>
    public IReadOnlyList<SourceFile> Files { get; }

    /// <summary>The column names, in the first file's order.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>Columns of lists, objects or bytes, which are no values to learn from; they are not in the header.</summary>
    public IReadOnlyList<string> Nested { get; }

    /// <summary>The folder for files in the making.</summary>
    public string Scratch { get; }

    /// <summary>What is said of the data.</summary>
    public DatasetSchema Schema { get; }

    /// <summary>How cells are read.</summary>
    public CellSql Cells { get; }

    /// <summary>SHA-256 of the file; of several files, of their hashes in order.</summary>
    public string Sha256 => Files is [var only]
        ? only.Sha256
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Files.Select(f => f.Sha256)))));

    /// <summary>The rows; null where only DuckDB knows them.</summary>
    public long? Rows => Files.All(f => f.Rows is not null) ? Files.Sum(f => f.Rows!.Value) : null;

    /// <summary>Opens a file, or all files of a folder. Throws <see cref="InvalidInputException"/> that names file and place.</summary>
    public static async Task<DatasetSource> OpenAsync(
        string path, DatasetSchema schema, string scratch, CancellationToken cancellationToken, long mostBytes = DefaultMostBytes, DataFormat? said = null)
    {
        string[] paths = Directory.Exists(path) ? [.. Directory.GetFiles(path).Order(StringComparer.Ordinal)] : [path];
        var files = new List<SourceFile>();
        foreach (var file in paths)
        {
            try
            {
                files.Add(await SourceFile.CheckAsync(file, said, schema.Delimiter, scratch, mostBytes, cancellationToken));
            }
            catch (InvalidInputException e) when (paths.Length > 1)
            {
                throw new InvalidInputException($"File '{Path.GetFileName(file)}': {e.Message}");
            }
        }

        RequireOneFormat(files);
        Directory.CreateDirectory(scratch);
        var duck = new DuckSession(files.Select(f => f.Path), scratch);
        try
        {
            var columns = files.ConvertAll(f => SourceColumns.Of(duck, f, cancellationToken));
            if (files[0].Format == DataFormat.Ndjson)
            {
                // An object lacks a key where it has no value: of several files each has all the columns.
                columns = SourceColumns.United(columns);
            }

            files = [.. files.Select((f, i) => f with { Header = columns[i].Names })];
            var header = columns[0].Names;
            var expressions = files.Select((f, i) => columns[i].InOrderOf(header, f.Name, files[0].Name)).ToList();
            return new DatasetSource(files, duck, schema, scratch, header, expressions, columns[0].Nested);
        }
        catch
        {
            duck.Dispose();
            throw;
        }
    }

    /// <summary>The place of a column in the header. Throws <see cref="InvalidInputException"/> when it is not there.</summary>
    public int IndexOf(string name)
    {
        for (var c = 0; c < Header.Count; c++)
        {
            if (Header[c] == name)
            {
                return c;
            }
        }

        throw new InvalidInputException($"The data has no column '{name}'; it has {NameList.Of(Header)}.");
    }

    /// <summary>
    /// Runs <paramref name="select"/> over the given columns, which it names <c>v0</c>, <c>v1</c> … by their place in the header.
    /// </summary>
    public void Query(Func<string, string> select, IEnumerable<int> columns, Action<DuckDBDataReader> onRow, CancellationToken cancellationToken)
    {
        var asked = columns.Distinct().Order().ToList();
        try
        {
            _duck.Query(select(Union(asked, Enumerable.Range(0, Files.Count))), onRow, cancellationToken);
        }
        catch (DuckDBException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>The same over one file.</summary>
    public void QueryFile(int file, Func<string, string> select, IEnumerable<int> columns, Action<DuckDBDataReader> onRow, CancellationToken cancellationToken)
    {
        try
        {
            _duck.Query(select(Union([.. columns.Distinct().Order()], [file])), onRow, cancellationToken);
        }
        catch (DuckDBException e)
        {
            throw Refused(e);
        }
    }

    public void Dispose() => _duck.Dispose();

    private string Union(List<int> columns, IEnumerable<int> files) => string.Join(" UNION ALL ", files.Select(f =>
        $"SELECT {string.Join(", ", columns.Select(c => $"{_expressions[f][c]} AS v{c}"))} FROM {SourceColumns.From(Files[f])}"));

    // The files were checked, so this is what only DuckDB can see: a damaged page of Parquet, a broken line of JSON.
    private InvalidInputException Refused(DuckDBException e)
    {
        var message = e.Message.Split("\n\nLINE ", StringSplitOptions.None)[0].ReplaceLineEndings(" ").Trim();
        foreach (var file in Files)
        {
            message = message.Replace(file.Path, file.Name, StringComparison.Ordinal);
        }

        return new InvalidInputException(
            $"The {DataFormats.Name(Files[0].Format)} data cannot be read: {message} Correct the data, or write the file again, and upload it.");
    }

    private static void RequireOneFormat(List<SourceFile> files)
    {
        if (files.Count == 0)
        {
            throw new InvalidInputException("The data set has no file.");
        }

        if (files.Find(f => f.Format != files[0].Format) is { } other)
        {
            throw new InvalidInputException(
                $"'{files[0].Name}' is {DataFormats.Name(files[0].Format)} and '{other.Name}' is {DataFormats.Name(other.Format)}; the files of a "
                + "data set must be of one format.");
        }
    }
}
