using System.Globalization;
using Npgsql;

namespace Analytics.Trainer.Worker.History;

/// <summary>
/// The partitions by day (UTC) of one table of the history, <c>{table}_20261125</c> for a day and <c>{table}_default</c> for rows whose
/// day had none. One caller at a time (see <see cref="HistoryMaintenance"/>); writers and readers go on meanwhile. Statements wait at
/// most the lock time-out for them, and then fail with 55P03 and have changed nothing.
/// </summary>
internal sealed class DayPartitions(string table, NpgsqlConnection connection, TimeSpan lockTimeout)
{
    private const string DayFormat = "yyyyMMdd";

    /// <summary>A move of a day that was never created may take long; it is not the caller's patience that ends it.</summary>
    private const int CommandTimeoutSeconds = 3600;

    private readonly string _default = $"{table}_default";

    /// <summary>The days that have a partition, in order.</summary>
    public async Task<SortedSet<DateOnly>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)", connection);
        command.Parameters.AddWithValue(table);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new SortedSet<DateOnly>();
        while (await reader.ReadAsync(cancellationToken))
        {
            // Other names are an administrator's own partitions: left alone.
            if (reader.GetString(0).AsSpan() is var name && name.StartsWith($"{table}_", StringComparison.Ordinal)
                && DateOnly.TryParseExact(name[(table.Length + 1)..], DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                days.Add(day);
            }
        }

        return days;
    }

    /// <summary>The days from <paramref name="first"/> to <paramref name="last"/> of which rows lie in the default partition.</summary>
    public async Task<SortedSet<DateOnly>> ListDaysInDefaultAsync(DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var days = new SortedSet<DateOnly>();
        await using var command = new NpgsqlCommand($"SELECT min(time) FROM {_default} WHERE time >= $1 AND time < $2", connection);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = Start(first) });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = Start(last.AddDays(1)) });
        // From day to day by the index, not over all of the rows.
        while (await command.ExecuteScalarAsync(cancellationToken) is DateTime time)
        {
            var day = DateOnly.FromDateTime(time);
            days.Add(day);
            command.Parameters[0].Value = Start(day.AddDays(1));
        }

        return days;
    }

    /// <summary>
    /// Creates the day's partition and moves the rows there that the default partition has of it; both or nothing. Returns how
    /// many were moved.
    /// </summary>
    public async Task<long> CreateAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var name = Name(day);
        var range = $"time >= '{Text(day)}' AND time < '{Text(day.AddDays(1))}'";
        var move = $"WITH moved AS (DELETE FROM {_default} WHERE {range} RETURNING *) INSERT INTO {name} SELECT * FROM moved";
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SetLockTimeoutAsync(cancellationToken);
        // Not CREATE … PARTITION OF, which locks the whole table, and refuses while the default partition has rows of the day.
        await ExecuteAsync($"CREATE TABLE {name} (LIKE {table} INCLUDING ALL, CONSTRAINT {name}_day CHECK ({range}))", cancellationToken);
        // Most rows move while others still write; only what came since is moved under the locks. The table's own lets writers end
        // before the day appears: one that began before and went on after it would find its rows refused by the default partition.
        var moved = await ExecuteAsync(move, cancellationToken);
        await ExecuteAsync($"LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
        await ExecuteAsync($"LOCK TABLE {_default} IN ACCESS EXCLUSIVE MODE", cancellationToken);
        moved += await ExecuteAsync(move, cancellationToken);
        await ExecuteAsync(
            $"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{Text(day)}') TO ('{Text(day.AddDays(1))}')", cancellationToken);
        // It spared the attaching a look at every row, and says no more than the partition's bounds from here on.
        await ExecuteAsync($"ALTER TABLE {name} DROP CONSTRAINT {name}_day", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return moved;
    }

    /// <summary>Drops the day's partition with its rows.</summary>
    public async Task DropAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SetLockTimeoutAsync(cancellationToken);
        await ExecuteAsync($"DROP TABLE {Name(day)}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Deletes up to so many rows of the default partition that are older than the day; returns how many.</summary>
    public async Task<long> DeleteFromDefaultAsync(DateOnly before, int rows, CancellationToken cancellationToken) =>
        await ExecuteAsync(
            $"DELETE FROM {_default} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {_default} WHERE time < '{Text(before)}' ORDER BY time LIMIT {rows}))",
            cancellationToken);

    private static DateTime Start(DateOnly day) => day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);

    private static string Text(DateOnly day) => $"{day.ToString("O", CultureInfo.InvariantCulture)} 00:00:00+00";

    private string Name(DateOnly day) => $"{table}_{day.ToString(DayFormat, CultureInfo.InvariantCulture)}";

    private Task<long> SetLockTimeoutAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(
            string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {(long)lockTimeout.TotalMilliseconds}"), cancellationToken);

    // Names and days are our own; DDL takes no parameters.
    private async Task<long> ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = CommandTimeoutSeconds };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
