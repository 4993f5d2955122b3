using System.Globalization;
using DuckDB.NET.Data;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// DuckDB in memory, confined: it reads the given files and writes into the scratch folder, nothing else; it loads no extension,
/// and no later statement can loosen that. What it holds is bounded; beyond that it works in the scratch folder.
/// </summary>
internal sealed class DuckSession : IDisposable
{
    private const long MostMemory = 1L << 30;
    private const long LeastMemory = 256L << 20;

    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    public DuckSession(IEnumerable<string> files, string scratch)
    {
        _connection.Open();
        var memory = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, LeastMemory, MostMemory);
        Execute(string.Create(CultureInfo.InvariantCulture, $"""
            SET memory_limit = '{memory}B';
            SET threads = {Environment.ProcessorCount};
            SET temp_directory = {Literal(scratch)};
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            SET allowed_paths = [{string.Join(", ", files.Select(Literal))}];
            SET allowed_directories = [{Literal(scratch)}];
            SET enable_external_access = false;
            SET lock_configuration = true;
            """));
    }

    /// <summary>A text as a literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name as an identifier.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Runs a query, reading its rows as they come and in the order of the source.</summary>
    /// <exception cref="DuckDBException">DuckDB refuses the query or the data.</exception>
    public void Query(string sql, Action<DuckDBDataReader> onRow, CancellationToken cancellationToken)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        using var cancel = cancellationToken.Register(command.Cancel);
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                onRow(reader);
            }
        }
        catch (DuckDBException) when (cancellationToken.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
