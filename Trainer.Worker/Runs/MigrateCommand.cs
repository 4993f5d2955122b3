using Analytics.Registry.Database;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>The verb <c>migrate</c>: brings the database's schema up to date, once, before the services start.</summary>
internal static partial class MigrateCommand
{
    /// <summary>The verb.</summary>
    public const string Verb = "migrate";

    // PostgreSQL may just be starting beside us.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Migrates; the exit code is 0, or 1 with the reason in the log.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.AddAnalyticsDatabase();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Persistence>();
        using var host = builder.Build();
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(MigrateCommand).FullName!);
        using var patience = new CancellationTokenSource(Patience);
        using var signal = ConsoleSignal.Cancel(patience);
        try
        {
            var applied = await host.Services.GetRequiredService<Persistence>().CallAsync(
                async token =>
                {
                    await using var scope = host.Services.CreateAsyncScope();
                    return await DatabaseMigrator.MigrateAsync(scope.ServiceProvider.GetRequiredService<AnalyticsContext>(), token);
                },
                patience.Token);
            LogDone(logger, applied.Count);
            return 0;
        }
        catch (OperationCanceledException)
        {
            LogGivenUp(logger, Patience.TotalSeconds);
            return 1;
        }
        catch (Exception e)
        {
            LogFailed(logger, e.Message, e);
            return 1;
        }
    }

    [LoggerMessage(LogLevel.Information, "The database is up to date; {Count} migrations were applied")]
    private static partial void LogDone(ILogger logger, int count);

    [LoggerMessage(LogLevel.Error, "The database did not answer within {Seconds} s (or the command was interrupted); nothing was migrated")]
    private static partial void LogGivenUp(ILogger logger, double seconds);

    [LoggerMessage(LogLevel.Error, "The migration failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason, Exception error);
}
