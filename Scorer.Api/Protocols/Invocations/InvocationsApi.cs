using Analytics.Scorer.Api.Overload;
using Analytics.Scorer.Api.Predictions;
using Analytics.ServiceDefaults;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.ServiceDefaults.Health;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>
/// What SageMaker hosting and MLflow's scoring server have in common, <c>/ping</c> and <c>/invocations</c>, and MLflow's <c>/version</c>
/// (its <c>/health</c> is the service's own).
/// </summary>
internal static class InvocationsApi
{
    public const string Route = "/invocations";

    public static void MapInvocations(this IEndpointRouteBuilder app)
    {
        var defaultModel = app.ServiceProvider.GetRequiredService<IOptions<ScorerOptions>>().Value.DefaultModel;
        var handler = app.ServiceProvider.GetRequiredService<InvocationsHandler>();
        app.MapHealthChecks("/ping", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(HealthEndpoints.ReadyTag),
            ResponseWriter = (context, _) =>
            {
                context.Response.ContentLength = 0;
                return Task.CompletedTask;
            },
        });
        var keyed = app.MapGroup("").ExcludeFromDescription().RequireApiKey();
        keyed.MapGet("/version", Version);
        keyed.MapGroup("").RequireAdmission().MapPost(Route, handler.Invoke)
            .WithMetadata(new ScoringRoute(Route, defaultModel.Length > 0 ? defaultModel : null));
    }

    private static Task Version(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(ServiceVersion.Current, context.RequestAborted);
    }
}
