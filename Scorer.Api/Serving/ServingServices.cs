using Analytics.Registry.Models;
using Analytics.ServiceDefaults.Health;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>Adds what loads and swaps models.</summary>
internal static class ServingServices
{
    public static IHostApplicationBuilder AddServing(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ScorerOptions>().BindConfiguration(ScorerOptions.Section)
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ScorerOptions>, ScorerOptionsValidator>();
        builder.Services.AddSingleton<ServingCatalog>();
        builder.Services.AddSingleton<ModelCache>();
        builder.Services.AddSingleton<ServableLoader>();
        builder.Services.AddSingleton<LoadQueue>();
        builder.Services.AddKeyedSingleton<ServingCatalog>(AliasName.Challenger);
        builder.Services.AddSingleton(services => Manager(
            services, new ServedAlias(AliasName.Champion, services.GetRequiredService<ServingCatalog>())));
        builder.Services.AddKeyedSingleton(AliasName.Challenger, (services, _) => Manager(
            services,
            new ServedAlias(
                AliasName.Challenger,
                services.GetRequiredKeyedService<ServingCatalog>(AliasName.Challenger),
                services.GetRequiredService<ServingCatalog>())));
        builder.Services.AddHostedService<ServingMetrics>();
        builder.Services.AddHostedService<AliasSource>();
        builder.Services.AddHealthChecks().AddCheck<ServingReadiness>("models", tags: [HealthEndpoints.ReadyTag]);
        return builder;
    }

    private static ServableManager Manager(IServiceProvider services, ServedAlias alias) =>
        ActivatorUtilities.CreateInstance<ServableManager>(services, alias);
}
