using Analytics.Registry.Database;
using Npgsql;

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
        builder.Services.AddSingleton<MemoryJournal>();
        builder.Services.AddSingleton<IPredictionJournal>(services => services.GetRequiredService<MemoryJournal>());
        builder.Services.AddSingleton<PostgresHistory>();
        builder.Services.AddHostedService<JournalWriter>();
        return builder;
    }

    private static NpgsqlDataSource OpenDatabase(IConfiguration configuration, IServiceProvider services)
    {
        var connection = configuration.GetConnectionString(AnalyticsContext.ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new InvalidOperationException(
                $"ConnectionStrings:{AnalyticsContext.ConnectionName} is not set; the request history needs a PostgreSQL database.");
        }

        return new NpgsqlDataSourceBuilder(connection).UseLoggerFactory(services.GetRequiredService<ILoggerFactory>()).Build();
    }
}
