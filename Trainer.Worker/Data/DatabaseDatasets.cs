using System.Globalization;
using System.Text;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Data sets that a database holds: the queries of the configuration, and for each model <c>feedback-{model}</c>, its logged
/// inputs with the outcomes observed later. A run takes a snapshot, which its attempt reads; the attempt never sees the database.
/// </summary>
internal sealed class DatabaseDatasets(
    DbContextOptions<AnalyticsContext> database, ModelRegistry registry, IOptions<DatasetsOptions> options, IOptions<TrainerOptions> trainer)
{
    /// <summary>What the name of a model's feedback starts with.</summary>
    public const string FeedbackPrefix = "feedback-";

    private const int BlockCharacters = 64 * 1024;

    /// <summary>The queries' names, in ordinal order.</summary>
    public IEnumerable<string> Names => options.Value.Queries.Keys.Order(StringComparer.Ordinal);

    /// <summary>True when the name is one of ours.</summary>
    public bool Has(string name) => options.Value.Queries.ContainsKey(name) || ModelOf(name) is not null;

    /// <summary>
    /// Writes the data into the folder and returns the file's name, and the label where the data set knows it itself; null when the
    /// name is none of ours.
    /// </summary>
    /// <exception cref="RunFailedException">The database refuses the query, or there is no feedback.</exception>
    public async Task<(string File, string? Label)?> SnapshotAsync(string name, Scratch folder, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(options.Value.QueryTimeout);
        try
        {
            if (options.Value.Queries.TryGetValue(name, out var query))
            {
                await QueryAsync(name, query, folder.File("data.csv"), bound.Token);
                return ("data.csv", null);
            }

            return ModelOf(name) is { } model
                ? ("data.ndjson", await FeedbackAsync(model, folder.File("data.ndjson"), bound.Token))
                : null;
        }
        catch (PostgresException e)
        {
            throw new RunFailedException($"Data set '{name}': PostgreSQL refuses the query: {e.MessageText} ({e.SqlState}). Correct Datasets:Queries:{name}:Sql.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RunFailedException(
                $"Data set '{name}' was not read within {options.Value.QueryTimeout} (Datasets:QueryTimeout). Make the query faster or raise the bound.");
        }
    }

    private static string? ModelOf(string name) =>
        name.StartsWith(FeedbackPrefix, StringComparison.Ordinal) && RegistryName.IsModel(name[FeedbackPrefix.Length..])
            ? name[FeedbackPrefix.Length..]
            : null;

    private async Task QueryAsync(string name, DatasetQueryOptions query, string path, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        await using var other = string.IsNullOrWhiteSpace(query.ConnectionString) ? null : new NpgsqlConnection(query.ConnectionString);
        var connection = other ?? (NpgsqlConnection)context.Database.GetDbConnection();
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var readOnly = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection, transaction))
        {
            await readOnly.ExecuteNonQueryAsync(cancellationToken);
        }

        var sql = query.Sql.Trim().TrimEnd(';');
        using var copy = await connection.BeginTextExportAsync($"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)", cancellationToken);
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var buffer = new char[BlockCharacters];
        int read;
        while ((read = await copy.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            RequireRoom(name, file.BaseStream.Position);
        }
    }

    private async Task<string> FeedbackAsync(string model, string path, CancellationToken cancellationToken)
    {
        var champion = await registry.ReadAliasAsync(model, AliasName.Champion, null, cancellationToken);
        if (champion.Setting is not { } setting || await registry.FindManifestAsync(model, setting.Version, cancellationToken) is not { } manifest)
        {
            throw new RunFailedException($"There is no feedback to train on: model '{model}' has no champion. Train it on a data set first.");
        }

        var label = manifest.Signature.Output.Name;
        await using var context = new AnalyticsContext(database);
        var connection = (NpgsqlConnection)context.Database.GetDbConnection();
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("""
            SELECT (features || jsonb_build_object($2::text, actual))::text FROM outcomes
            WHERE model = $1 AND jsonb_typeof(features) = 'object' AND features <> '{}' AND features::text NOT LIKE '%"hmac-sha256:%' ORDER BY id
            """, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = model });
        command.Parameters.Add(new NpgsqlParameter { Value = label });
        command.CommandTimeout = 0;
        var rows = 0L;
        await using (var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows++;
                await file.WriteLineAsync(reader.GetString(0).AsMemory(), cancellationToken);
                RequireRoom(FeedbackPrefix + model, file.BaseStream.Position);
            }
        }

        return rows > 0
            ? label
            : throw new RunFailedException(
                $"There is no feedback to train on: no prediction of model '{model}' has both its inputs and an observed outcome. Send outcomes "
                + "(POST /feedback), and let the history keep inputs (History:Inputs=Logged).");
    }

    private void RequireRoom(string name, long bytes)
    {
        if (bytes > trainer.Value.MaxDatasetBytes)
        {
            throw new RunFailedException(string.Create(
                CultureInfo.InvariantCulture,
                $"Data set '{name}' has more than the {trainer.Value.MaxDatasetBytes} bytes that Trainer:MaxDatasetBytes allows. Select less or raise the bound."));
        }
    }
}
