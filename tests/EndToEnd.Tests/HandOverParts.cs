using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Telemetry;
using Analytics.Trainer.Worker.History;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Analytics.EndToEnd.Tests;

/// <summary>The scorer's journal and the trainer's intake over one store and one database, without the services around them.</summary>
internal sealed class HandOverParts : IDisposable
{
    private const string Away = "Host=127.0.0.1;Port=1;Database=away;Username=x";

    private readonly DirectoryInfo _temp = Directory.CreateTempSubdirectory("analytics-hand-over-");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LogLines _log = new();
    private readonly JournalOptions _options;

    public HandOverParts()
    {
        _options = new JournalOptions
        {
            Folder = Folder,
            SegmentBytes = 8 * 1024,
            HandOver = true,
            Linger = TimeSpan.FromMilliseconds(5),
            MaxRetryDelay = TimeSpan.FromMilliseconds(100),
        };
        Store = new EndingStore(ModelRegistryExtensions.CreateStore(
            new StoreOptions { Url = new Uri(Path.Combine(_temp.FullName, "store")).AbsoluteUri }, TimeProvider.System));
    }

    public string Folder => Path.Combine(_temp.FullName, "journal");

    public string Database { get; set; } = "";

    public EndingStore Store { get; }

    public IEnumerable<string> Told => _log.Lines;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public AnalyticsContext OpenDatabase()
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(Database));
        return new AnalyticsContext(options.Options);
    }

    /// <summary>A scorer that answers so many requests while the database is away, and stops.</summary>
    public Task<List<Guid>> StopWithoutDatabaseAsync(int requests) => RunScorerAsync(requests, Away);

    /// <summary>A scorer that answers so many requests and stops.</summary>
    public Task<List<Guid>> RunScorerAsync(int requests) => RunScorerAsync(requests, Database);

    /// <summary>A trainer that looks once, and ends.</summary>
    public async Task RunTrainerAsync()
    {
        using var folder = new WorkFolder(Options.Create(new TrainerOptions { WorkFolder = Path.Combine(_temp.FullName, "work") }));
        using var telemetry = new RunTelemetry(Meters);
        await using var database = new AnalyticsDataSource(Database, null, null);
        using var intake = new HandedOverJournals(
            Store, database, folder, telemetry, Options.Create(new HistoryOptions()), TimeProvider.System, new Logger<HandedOverJournals>(_log));
        await intake.RunAsync(Cancelled);
    }

    public async Task<int> CountSegmentsAsync() => (await KeysAsync()).Count;

    /// <summary>The key of the segment with that number.</summary>
    public async Task<string> KeyAsync(long number) =>
        (await KeysAsync()).Single(k => k.EndsWith(SegmentFormat.FileName(number), StringComparison.Ordinal));

    public async Task<int> CountStoredAsync()
    {
        await using var context = OpenDatabase();
        return await context.Requests.CountAsync(Cancelled);
    }

    /// <summary>Makes a segment in the store one that a later version has written.</summary>
    public async Task MakeNewerAsync(long number)
    {
        var key = await KeyAsync(number);
        var file = Path.Combine(_temp.FullName, "newer");
        await using (var found = await Store.OpenAsync(key, Cancelled))
        await using (var copy = File.Create(file))
        {
            await found!.Content.CopyToAsync(copy, Cancelled);
        }

        var content = await File.ReadAllBytesAsync(file, Cancelled);
        content[8]++;
        BitConverter.TryWriteBytes(content.AsSpan(60), Crc32C.Append(0, content.AsSpan(0, 60)));
        await File.WriteAllBytesAsync(file, content, Cancelled);
        await Store.PutFileAsync(key, file, Cancelled);
    }

    public void Dispose()
    {
        _services.Dispose();
        if (_temp.Exists)
        {
            _temp.Delete(recursive: true);
            _temp.Refresh();
        }
    }

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in Store.ListAsync(HandedOverKeys.Prefix, Cancelled))
        {
            keys.Add(entry.Key);
        }

        return keys;
    }

    private async Task<List<Guid>> RunScorerAsync(int requests, string database)
    {
        // A database that is there may be as slow as this machine makes it.
        _options.StopPatience = database == Away ? TimeSpan.FromMilliseconds(300) : TimeSpan.FromSeconds(60);
        var options = Options.Create(_options);
        var metrics = new JournalMetrics(new ScorerTelemetry(Meters));
        using var journal = new DiskJournal(options, metrics, TimeProvider.System, new Logger<DiskJournal>(_log));
        await using var source = new AnalyticsDataSource(database, null, null);
        var handOver = new JournalHandOver(journal, Store, metrics, options, Options.Create(new HostOptions()), new Logger<JournalHandOver>(_log));
        using var drain = new JournalDrain(
            journal, new PostgresHistory(source, new FeedbackTable()), handOver, metrics, options, TimeProvider.System, new Logger<JournalDrain>(_log));
        await drain.StartAsync(Cancelled);
        var ids = new List<Guid>();
        for (var i = 0; i < requests; i++)
        {
            var request = new RequestRecord
            {
                Id = Guid.CreateVersion7(),
                Time = TimeProvider.System.GetUtcNow(),
                Route = "/predict",
                Status = 400,
                Rows = 0,
                DurationMs = 1,
                Error = new string('x', 200),
            };
            Assert.True(await journal.AppendAsync(new JournalRecord(request, null)));
            ids.Add(request.Id);
        }

        await drain.StopAsync(Cancelled);
        return ids;
    }

    private sealed class LogLines : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception?.Message}");

        public void Dispose()
        {
        }
    }
}
