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
        builder.Services.AddSingleton<ServableManager>();
        builder.Services.AddHostedService<AliasSource>();
        builder.Services.AddHealthChecks().AddCheck<ServingReadiness>("models", tags: [HealthEndpoints.ReadyTag]);
        return builder;
    }
}
