using Analytics.Registry.Database;
using Analytics.Testing;
using Analytics.Trainer.Worker.History;
using Analytics.Trainer.Worker.Tests.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Trainer.Worker.Tests.History;

/// <summary>A migrated database with a history of a test's own, and its maintenance under a clock that the test sets.</summary>
internal sealed class HistoryDatabase
{
    /// <summary>Noon, so that a day ends before and after it.</summary>
    public static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly HistoryOptions _settings;

    private HistoryDatabase(DbContextOptions<AnalyticsContext> options, HistoryOptions settings)
    {
        Options = options;
        _settings = settings;
        Clock = new FakeTimeProvider(Noon);
        Erasures = new ErasureWork(options, new OptionsWrapper<HistoryOptions>(settings), Clock, NullLogger<ErasureWork>.Instance);
        ConnectionString = TestDatabase.ConnectionString(options);
    }

    public DbContextOptions<AnalyticsContext> Options { get; }

    public string ConnectionString { get; }

    public FakeTimeProvider Clock { get; }

    public ErasureWork Erasures { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HistoryDatabase> CreateAsync(PostgresServer postgres, HistoryOptions? settings = null) =>
        new(await TestDatabase.CreateAsync(postgres), settings ?? new HistoryOptions());

    /// <summary>A maintenance as another process would have it.</summary>
    public HistoryMaintenance NewMaintenance() =>
        new(Options, Erasures, new OptionsWrapper<HistoryOptions>(_settings), Clock, NullLogger<HistoryMaintenance>.Instance);

    public async Task<bool> MaintainAsync()
    {
        using var maintenance = NewMaintenance();
        return await maintenance.RunAsync(Cancel);
    }

    /// <summary>Stores requests of a row each at the time, as the scorer does; returns the ids of the predictions.</summary>
    public async Task<Guid[]> AddAsync(DateTimeOffset time, int count = 1, string client = "shop", string model = "iris")
    {
        var requests = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7(time)).ToArray();
        var predictions = requests.Select(_ => Guid.CreateVersion7(time)).ToArray();
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY requests (id, time, route, status, rows, duration_ms, model, version, client, trace_id) FROM STDIN (FORMAT BINARY)", Cancel))
        {
            foreach (var id in requests)
            {
                await copy.StartRowAsync(Cancel);
                await copy.WriteAsync(id, Cancel);
                await copy.WriteAsync(time.UtcDateTime, NpgsqlDbType.TimestampTz, Cancel);
                await copy.WriteAsync("/predict", Cancel);
                await copy.WriteAsync(200, Cancel);
                await copy.WriteAsync(1, Cancel);
                await copy.WriteAsync(0.5, Cancel);
                await copy.WriteAsync(model, Cancel);
                await copy.WriteAsync(1, Cancel);
                await copy.WriteAsync(client, Cancel);
                await copy.WriteAsync(id.ToString("N"), Cancel);
            }

            await copy.CompleteAsync(Cancel);
        }

        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY predictions (id, time, request_id, row, model, version, features, prediction, label) FROM STDIN (FORMAT BINARY)", Cancel))
        {
            for (var i = 0; i < count; i++)
            {
                await copy.StartRowAsync(Cancel);
                await copy.WriteAsync(predictions[i], Cancel);
                await copy.WriteAsync(time.UtcDateTime, NpgsqlDbType.TimestampTz, Cancel);
                await copy.WriteAsync(requests[i], Cancel);
                await copy.WriteAsync(0, Cancel);
                await copy.WriteAsync(model, Cancel);
                await copy.WriteAsync(1, Cancel);
                await copy.WriteAsync("{}", NpgsqlDbType.Jsonb, Cancel);
                await copy.WriteAsync(0d, Cancel);
                await copy.WriteAsync("setosa", Cancel);
            }

            await copy.CompleteAsync(Cancel);
        }

        await transaction.CommitAsync(Cancel);
        return predictions;
    }

    /// <summary>
    /// 20,000 rows in each of three days to <see cref="Noon"/>'s, of 400 models and clients in turns, with statistics: what belongs to
    /// one is so little of a day that going through the times alone costs five times as much, whatever sample the statistics have.
    /// </summary>
    public async Task FillAsync()
    {
        await TextsAsync(
            """
            INSERT INTO requests (id, time, route, status, rows, duration_ms, model, version, client, trace_id)
            SELECT gen_random_uuid(), '2026-03-08 00:00Z'::timestamptz + day * interval '1 day' + i * interval '4 seconds', '/predict', 200, 1, 0.5,
                'model' || i % 400, 1, 'client' || i % 400, md5(day || '/' || i)
            FROM generate_series(0, 2) AS day, generate_series(0, 19999) AS i
            """);
        await TextsAsync(
            """
            INSERT INTO predictions (id, time, request_id, row, model, version, features, prediction, label)
            SELECT gen_random_uuid(), time, id, 0, model, version, '{}', 0, 'setosa' FROM requests
            """);
        await TextsAsync(
            """
            INSERT INTO feedback (prediction_id, actual, time, client, first_actual, first_time)
            SELECT id, 'setosa', time, 'shop', 'setosa', time FROM predictions
            """);
        await MaintainAsync();
        await TextsAsync("VACUUM ANALYZE requests");
        await TextsAsync("VACUUM ANALYZE predictions");
        await TextsAsync("VACUUM ANALYZE feedback");
    }

    public async Task AddFeedbackAsync(IEnumerable<Guid> predictions, DateTimeOffset time, string client = "shop")
    {
        await using var context = new AnalyticsContext(Options);
        context.Feedback.AddRange(predictions.Select(id => new FeedbackRecord
        {
            PredictionId = id,
            Actual = "setosa",
            Time = time,
            Client = client,
            FirstActual = "setosa",
            FirstTime = time,
        }));
        await context.SaveChangesAsync(Cancel);
    }

    public async Task<long> CountAsync(string from)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {from}", connection);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public async Task<IReadOnlyList<string>> PartitionsAsync(string table) =>
        await TextsAsync(
            $"SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '{table}'::regclass ORDER BY 1");

    public async Task<IReadOnlyList<string>> TextsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var texts = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
