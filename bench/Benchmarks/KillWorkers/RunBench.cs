using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>Trainers over a database and a directory store, and the queue that feeds them.</summary>
internal sealed class RunBench : IAsyncDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly BenchStore _store = new();
    private readonly Dictionary<string, string> _settings;

    private RunBench(string database, IReadOnlyDictionary<string, string> settings)
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(database));
        Options = options.Options;
        Queue = new RunQueue(Options);
        WorkFolder = _folder.File("work");
        _settings = new(settings)
        {
            ["ConnectionStrings:analytics"] = database,
            ["Store:Url"] = _store.Url,
            ["Trainer:WorkFolder"] = WorkFolder,
        };
    }

    public PostgresServer Postgres { get; private init; } = null!;

    public DbContextOptions<AnalyticsContext> Options { get; }

    public RunQueue Queue { get; }

    public ModelRegistry Registry => _store.Registry;

    /// <summary>The folder of the trainers' attempts.</summary>
    public string WorkFolder { get; }

    /// <summary>The store's folder.</summary>
    public string StoreFolder => new Uri(_store.Url).LocalPath;

    /// <summary>The file that the trainers write their logs to.</summary>
    public string Log { get; } = Path.Combine(Path.GetTempPath(), $"analytics-bench-trainers-{Environment.ProcessId}.log");

    /// <summary>Starts PostgreSQL and puts the data sets.</summary>
    public static async Task<RunBench> StartAsync(
        IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken, params (string Dataset, string Label)[] datasets)
    {
        var postgres = new PostgresServer { Durable = true };
        var bench = new RunBench(await BenchDatabase.CreateAsync(postgres, cancellationToken), settings) { Postgres = postgres };
        File.Delete(bench.Log);
        var intake = new DatasetStoreIntake(new DatasetStore(bench.Registry.Store), TimeProvider.System);
        foreach (var (dataset, label) in datasets)
        {
            await intake.TakeAsync(dataset, BenchFiles.Data($"{dataset}.csv"), new DatasetSchema(label), "bench", cancellationToken);
        }

        return bench;
    }

    /// <summary>A trainer, not started yet.</summary>
    public TrainerProcess CreateTrainer() => new(_settings, Log);

    /// <summary>Queues a run.</summary>
    public async Task<Guid> QueueAsync(string model, string dataset, int trees, CancellationToken cancellationToken)
    {
        var (run, _) = await Queue.EnqueueAsync(
            new RunRequest
            {
                Model = model,
                Dataset = dataset,
                Algorithm = "random-forest",
                Parameters = new Dictionary<string, JsonElement> { ["trees"] = JsonSerializer.SerializeToElement(trees) },
                RequestedBy = "bench",
            },
            cancellationToken);
        return run.Id;
    }

    /// <summary>The run's row.</summary>
    public async Task<TrainingRun> FindAsync(Guid run, CancellationToken cancellationToken) =>
        (await Queue.FindAsync(run, cancellationToken))!;

    /// <summary>Looks at the run every few milliseconds until the condition holds.</summary>
    public async Task<TrainingRun> UntilAsync(Guid run, Func<TrainingRun, bool> condition, TimeSpan bound, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(bound);
        while (true)
        {
            var row = await FindAsync(run, cancellationToken);
            if (condition(row))
            {
                return row;
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), end.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"Run {run} is {row.State} in stage {row.Stage} (attempt {row.Attempt}) after {bound.TotalSeconds:0} s; the trainers' log is {Log}.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }
}
