using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Telemetry;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Analytics.Scorer.Api.Tests.Journal;

/// <summary>A journal in a folder of its own without the scorer around it, what it tells and counts, and a database to drain it into.</summary>
internal sealed class JournalHarness : ILogger<DiskJournal>, IDisposable
{
    private static readonly InputRecorder Inputs = new(Microsoft.Extensions.Options.Options.Create(new InputLoggingOptions()));

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _temp = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public JournalHarness()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        Metrics = new JournalMetrics(new ScorerTelemetry(factory));
        var meter = factory.Create(ScorerTelemetry.Name);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter && instrument is Counter<long> or ObservableCounter<long>)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _counts.AddOrUpdate(
                $"{instrument.Name["analytics.scorer.journal.".Length..]} {(tags.Length > 0 ? tags[0].Value : "")}", value,
                (_, before) => instrument.IsObservable ? value : before + value));
        _listener.Start();
        Store = new OutageStore(ModelRegistryExtensions.CreateStore(
            new StoreOptions { Url = new Uri(_temp.Combine("store")).AbsoluteUri }, TimeProvider.System));
        Options.Folder = _temp.Combine("journal");
        Options.Linger = TimeSpan.FromMilliseconds(5);
        Options.MaxRetryDelay = TimeSpan.FromMilliseconds(100);
    }

    public JournalMetrics Metrics { get; }

    public JournalOptions Options { get; } = new();

    /// <summary>Where the journal is handed over to.</summary>
    public OutageStore Store { get; }

    /// <summary>What was told, in order.</summary>
    public ConcurrentQueue<string> Told { get; } = new();

    /// <summary>The files of the slot.</summary>
    public string[] Files(int slot = 0) =>
        [.. Directory.GetFiles(Path.Combine(Options.Folder, $"{slot}"), "*.journal").Order(StringComparer.Ordinal)];

    public long Counted(string name, string tag)
    {
        _listener.RecordObservableInstruments();
        return _counts.GetValueOrDefault($"{name} {tag}");
    }

    public DiskJournal Open() =>
        new(Microsoft.Extensions.Options.Options.Create(Options), Metrics, TimeProvider.System, this);

    /// <summary>Appends scored requests of one row each and returns the rows' ids.</summary>
    public static async Task<List<Guid>> AppendAsync(DiskJournal journal, int count, string client = "test")
    {
        var ids = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            var record = Scored(new TestModel(TestModel.Iris, 1), client, [5.1f, 3.5f, 1.4f, (float)i]);
            Assert.True(await journal.AppendAsync(record));
            ids.Add(record.Rows!.Ids[0]);
        }

        return ids;
    }

    /// <summary>A scored request with the rows given.</summary>
    public static JournalRecord Scored(TestModel model, string? client, params object?[][] rows)
    {
        var manifest = new Manifest
        {
            Model = "iris",
            Version = 1,
            RunId = Guid.Empty,
            Created = DateTimeOffset.UnixEpoch,
            Algorithm = "test",
            Signature = model.Signature,
            Files = [],
        };
        var batch = new RowBatch(model.Signature);
        var outputs = new List<float>();
        foreach (var row in rows)
        {
            TestModel.Add(batch, row);
            outputs.AddRange(model.Expected(row));
        }

        var time = TimeProvider.System.GetUtcNow();
        var request = new RequestRecord
        {
            Id = PredictionId.Next(time),
            Time = time,
            Route = "/predict",
            Status = 200,
            Rows = rows.Length,
            DurationMs = 0.25,
            Model = "iris",
            Version = 1,
            Client = client,
            TraceId = "0123456789abcdef0123456789abcdef",
        };
        return new JournalRecord(request, new ScoredRows(manifest, new AnswerFormat(manifest), Inputs, batch, outputs.ToArray(), time));
    }

    public static JournalRecord Scored(TestModel model, string? client, params float[] row) =>
        Scored(model, client, [[.. row.Select(v => (object?)v)]]);

    public static async Task<string> CreateDatabaseAsync(PostgresServer postgres)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var context = ScorerServer.OpenDatabase(database);
        await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);
        return database;
    }

    /// <summary>Drains the journal and stops as a service does; returns the ids of the predictions in the database.</summary>
    public async Task<List<Guid>> DrainAsync(DiskJournal journal, string database, IFeedbackTable? feedback = null)
    {
        // A database that is there may be as slow as this machine makes it.
        Options.StopPatience = Limit;
        await StopAsync(journal, database, feedback);
        await using var source = NpgsqlDataSource.Create(database);
        return await StoredAsync(source);
    }

    /// <summary>Stops as a service does whose database is away.</summary>
    public Task StopAwayAsync(DiskJournal journal, string database)
    {
        Options.StopPatience = TimeSpan.FromMilliseconds(300);
        return StopAsync(journal, database, null);
    }

    private async Task StopAsync(DiskJournal journal, string database, IFeedbackTable? feedback)
    {
        await using var target = new AnalyticsDataSource(database, null, null);
        var history = new PostgresHistory(target, feedback);
        using var drain = new JournalDrain(
            journal, history, NewHandOver(journal), Metrics, Microsoft.Extensions.Options.Options.Create(Options), TimeProvider.System,
            NullLogger<JournalDrain>.Instance);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        await drain.StartAsync(limit.Token);
        await drain.StopAsync(limit.Token);
        Assert.False(limit.IsCancellationRequested, $"The drain did not stop in {Limit.TotalSeconds} s.");
    }

    private JournalHandOver NewHandOver(DiskJournal journal) => new(
        journal, Store, Metrics, Microsoft.Extensions.Options.Options.Create(Options), Microsoft.Extensions.Options.Options.Create(new HostOptions()),
        NullLogger<JournalHandOver>.Instance);

    public static async Task<List<Guid>> StoredAsync(NpgsqlDataSource source)
    {
        var stored = new List<Guid>();
        await using var command = source.CreateCommand("SELECT id FROM predictions");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            stored.Add(reader.GetGuid(0));
        }

        return stored;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Told.Enqueue(formatter(state, exception));

    /// <summary>The place of each frame of a segment: where it begins and its bytes.</summary>
    public static List<(int Offset, int Length)> Frames(string file)
    {
        var content = File.ReadAllBytes(file);
        var frames = new List<(int, int)>();
        for (var at = SegmentFormat.HeaderBytes; at < content.Length;)
        {
            Assert.True(SegmentFormat.TryReadFrame(content.AsSpan(at), out var payload, out _));
            frames.Add((at, SegmentFormat.FrameBytes + payload));
            at += SegmentFormat.FrameBytes + payload;
        }

        return frames;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
        _temp.Dispose();
    }
}
