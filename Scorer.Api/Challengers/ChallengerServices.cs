using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>Adds what tries a challenger.</summary>
internal static class ChallengerServices
{
    public static IHostApplicationBuilder AddChallengers(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ChallengerOptions>().BindConfiguration(ChallengerOptions.Section)
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ChallengerOptions>, ChallengerOptionsValidator>();
        builder.Services.AddSingleton<ChallengerMetrics>();
        builder.Services.AddSingleton<ChallengerRoster>();
        return builder;
    }
}
