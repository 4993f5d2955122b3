using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Analytics.Benchmarks.Journal;

/// <summary>The tables of the history: emptied, counted, and their rows copied again with <c>psql</c>.</summary>
internal sealed class HistoryTables(JournalBench bench)
{
    private static readonly string[] Names = ["requests", "predictions"];

    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await bench.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"TRUNCATE {string.Join(", ", Names)}; CHECKPOINT";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The rows of both.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var connection = await bench.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {string.Join(" + ", Names.Select(n => $"(SELECT count(*) FROM {n})"))}";
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Copies the rows out, empties the tables with their indexes, and returns how long it takes to copy them in again.</summary>
    public async Task<TimeSpan> CopyAgainAsync(CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        await PsqlAsync(Names.Select(n => $"\\copy (SELECT * FROM {n}) TO '{folder.File(n)}'"), cancellationToken);
        await EmptyAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await PsqlAsync(Names.Select(n => $"\\copy {n} FROM '{folder.File(n)}'"), cancellationToken);
        return Stopwatch.GetElapsedTime(started);
    }

    private async Task PsqlAsync(IEnumerable<string> commands, CancellationToken cancellationToken)
    {
        var target = new NpgsqlConnectionStringBuilder(bench.Database);
        var start = new ProcessStartInfo("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", .. commands.SelectMany(c => new[] { "-c", c })])
        {
            RedirectStandardError = true,
        };
        start.Environment["PGHOST"] = target.Host;
        start.Environment["PGPORT"] = target.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = target.Username;
        start.Environment["PGDATABASE"] = target.Database;
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"psql ended with {process.ExitCode}: {errors}");
        }
    }
}
