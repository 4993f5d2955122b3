using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.Health;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Overload;

/// <summary>Adds admission and the graceful stop.</summary>
internal static class OverloadServices
{
    public static IHostApplicationBuilder AddOverload(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<OverloadOptions>().BindConfiguration(OverloadOptions.Section)
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<OverloadOptions>, OverloadOptionsValidator>();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<OverloadOptions>>(
            (host, overload) => host.ShutdownTimeout = overload.Value.StopTimeout);
        builder.Services.AddSingleton<GracefulStop>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GracefulStop>());
        builder.Services.AddHealthChecks().AddCheck<GracefulStop>("stop", tags: [HealthEndpoints.ReadyTag]);
        builder.Services.AddSingleton<AdmissionMetrics>();
        builder.Services.AddSingleton<Admission>();
        builder.Services.AddHostedService<FromTheStart<Admission>>();
        return builder;
    }

    /// <summary>
    /// Calls of this endpoint or group pass the admission; wrapped around the endpoint inside of the API key's check, so that only
    /// known clients take places, and health and metrics never meet it.
    /// </summary>
    public static TBuilder RequireAdmission<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Finally(builder =>
        {
            if (builder.RequestDelegate is { } next)
            {
                var admission = builder.ApplicationServices.GetRequiredService<Admission>();
                builder.RequestDelegate = context => admission.InvokeAsync(context, next);
            }
        });
        return endpoint;
    }
}

/// <summary>Marks an endpoint that reads every body whole, whatever its media type.</summary>
internal sealed class ReadWhole;
