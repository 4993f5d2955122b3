using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Journal;

/// <summary>Adds the prediction journal and what drains it.</summary>
internal static class JournalServices
{
    public static IHostApplicationBuilder AddJournal(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<JournalOptions>().BindConfiguration(JournalOptions.Section)
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(services => OpenDatabase(builder.Configuration, services));
        builder.Services.AddSingleton<JournalMetrics>();
        builder.Services.AddSingleton<DiskJournal>();
        builder.Services.AddSingleton<NullJournal>();
        builder.Services.AddSingleton<IPredictionJournal>(services =>
            KeepsNothing(services) ? services.GetRequiredService<NullJournal>() : services.GetRequiredService<DiskJournal>());
        builder.Services.AddSingleton<PostgresHistory>();
        builder.Services.AddSingleton<JournalHandOver>();
        builder.Services.AddSingleton<IHostedService>(services =>
            KeepsNothing(services) ? services.GetRequiredService<NullJournal>() : ActivatorUtilities.CreateInstance<JournalDrain>(services));
        return builder;
    }

    private static bool KeepsNothing(IServiceProvider services) =>
        services.GetRequiredService<IOptions<JournalOptions>>().Value.Sink == JournalSink.None;

    private static AnalyticsDataSource OpenDatabase(IConfiguration configuration, IServiceProvider services) =>
        AnalyticsDataSource.From(configuration, services.GetRequiredService<ILoggerFactory>())
        ?? throw new InvalidOperationException(
            $"ConnectionStrings:{AnalyticsContext.ConnectionName} is not set; the request history needs a PostgreSQL database. "
            + "A scorer that keeps no history needs none: Journal:Sink=None.");
}
