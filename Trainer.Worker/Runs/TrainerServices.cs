using Analytics.Registry.Database;
using Analytics.Registry.Store;
using Analytics.ServiceDefaults.Health;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.History;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Registration of the queue, the worker and the samples.</summary>
internal static class TrainerServices
{
    /// <summary>Adds the trainer over the database and the store.</summary>
    public static WebApplicationBuilder AddTrainer(this WebApplicationBuilder builder)
    {
        builder.AddAnalyticsDatabase();
        builder.AddModelRegistry();
        var services = builder.Services;
        services.AddTrainerOptions();
        services.AddSingleton(provider =>
            AnalyticsDataSource.From(builder.Configuration, provider.GetRequiredService<ILoggerFactory>())
            ?? throw new InvalidOperationException($"ConnectionStrings:{AnalyticsContext.ConnectionName} is not set; the trainer needs a PostgreSQL database."));
        services.AddHistory();
        services.AddSingleton<DatasetStore>();
        services.AddSingleton<DatasetStoreIntake>();
        services.AddSingleton<DatabaseDatasets>();
        services.AddSingleton<DatasetInspection>();
        services.AddSingleton<DatasetProfiles>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<ScheduleQueue>();
        services.AddSingleton<RunRetention>();
        services.AddSingleton<BlobCleanup>();
        services.AddSingleton<RunTelemetry>();
        services.AddSingleton<Persistence>();
        services.AddSingleton<WorkFolder>();
        services.AddSingleton<AttemptPreparation>();
        services.AddSingleton<AttemptProcess>();
        services.AddSingleton<VersionCommit>();
        services.AddSingleton<ModelRegistration>();
        services.AddSingleton<ChampionPromotion>();
        services.AddSingleton<RunExecution>();
        services.AddSingleton<RunWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<RunWorker>());
        services.AddHostedService<QueueWatch>();
        services.AddHostedService<SampleSeeder>();
        services.AddSingleton<ScheduleWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<ScheduleWorker>());
        services.AddSingleton<RunMaintenance>();
        services.AddHostedService(provider => provider.GetRequiredService<RunMaintenance>());
        services.AddHealthChecks().AddCheck<RunWorker>("worker", tags: [HealthEndpoints.ReadyTag]);
        return builder;
    }

    /// <summary>Adds the options, checked at start.</summary>
    public static void AddTrainerOptions(this IServiceCollection services)
    {
        services.AddOptions<TrainerOptions>()
            .BindConfiguration(TrainerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<TrainerOptions>, TrainerOptionsValidator>();
        services.AddOptions<DatasetsOptions>()
            .BindConfiguration(DatasetsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatasetsOptions>, DatasetsOptionsValidator>();
        services.AddOptions<TrainingOptions>()
            .BindConfiguration(TrainingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
    }
}
