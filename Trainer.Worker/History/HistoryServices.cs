using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.History;

/// <summary>Registration of what keeps the history in order.</summary>
internal static class HistoryServices
{
    public static IServiceCollection AddHistory(this IServiceCollection services)
    {
        services.AddOptions<HistoryOptions>().BindConfiguration(HistoryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<HistoryOptions>, HistoryOptionsValidator>();
        services.AddSingleton<ErasureWork>();
        services.AddSingleton<HistoryMaintenance>();
        services.AddHostedService(provider => provider.GetRequiredService<HistoryMaintenance>());
        services.AddSingleton<HandedOverJournals>();
        services.AddHostedService(provider => provider.GetRequiredService<HandedOverJournals>());
        return services;
    }
}
