using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Stores the data sets that ship with the product and queues a run for each model that has no version, once: what an
/// operator removed or cancelled does not come back.
/// </summary>
internal sealed partial class SampleSeeder(
    DatasetStore datasets,
    DatasetStoreIntake intake,
    ModelRegistry registry,
    RunQueue queue,
    Persistence persistence,
    IHostEnvironment environment,
    IOptions<TrainerOptions> options,
    ILogger<SampleSeeder> logger) : BackgroundService
{
    /// <summary>The beginning of the samples' idempotency keys.</summary>
    public const string KeyPrefix = "sample:";

    private const string RequestedBy = "sample";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!(options.Value.TrainSamples ?? environment.IsDevelopment()))
        {
            return;
        }

        foreach (var sample in options.Value.Samples)
        {
            try
            {
                await persistence.CallAsync(token => SeedAsync(sample, token), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The product works without its samples.
                LogFailed(logger, sample.Model, e);
            }
        }
    }

    private async Task SeedAsync(SampleOptions sample, CancellationToken cancellationToken)
    {
        var key = KeyPrefix + sample.Model;
        if (await queue.HasKeyAsync(key, cancellationToken)
            || await registry.ListVersionsAsync(sample.Model, cancellationToken).AnyAsync(cancellationToken))
        {
            return;
        }

        if (!await datasets.ExistsAsync(sample.Dataset, cancellationToken))
        {
            var schema = new DatasetSchema(
                sample.Label,
                sample.Include.Count > 0 ? [.. sample.Include] : null,
                sample.Exclude.Count > 0 ? [.. sample.Exclude] : null);
            var file = Path.Combine(AppContext.BaseDirectory, sample.File);
            await intake.TakeAsync(sample.Dataset, file, schema, RequestedBy, cancellationToken);
        }

        await queue.EnqueueAsync(
            new RunRequest
            {
                Model = sample.Model,
                Dataset = sample.Dataset,
                Algorithm = CandidateCatalog.Default,
                RequestedBy = RequestedBy,
                IdempotencyKey = key,
            },
            cancellationToken);
        LogQueued(logger, sample.Model, sample.Dataset);
    }

    [LoggerMessage(LogLevel.Information, "Queued the sample model {Model} from data set {Dataset}")]
    private static partial void LogQueued(ILogger logger, string model, string dataset);

    [LoggerMessage(LogLevel.Error, "The sample model {Model} could not be queued")]
    private static partial void LogFailed(ILogger logger, string model, Exception error);
}
