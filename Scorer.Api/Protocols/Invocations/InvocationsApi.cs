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
        RequestDelegate invoke = handler.Invoke;
        InvocationsDescription.Ping.Describe(MapPing(app, HttpMethods.Get), Version);
        MapPing(app, HttpMethods.Head);
        var keyed = app.MapGroup("").RequireApiKey();
        InvocationsDescription.Version.Describe(keyed.MapGet("/version", Version), Version);
        InvocationsDescription.Invoke.Describe(
            keyed.MapGroup("").RequireAdmission().MapPost(Route, invoke)
                .WithMetadata(new ScoringRoute(Route, defaultModel.Length > 0 ? defaultModel : null)),
            invoke);
    }

    // An endpoint for each method: of several the description would make as many calls of one name.
    private static IEndpointConventionBuilder MapPing(IEndpointRouteBuilder app, string method) =>
        app.MapHealthChecks("/ping", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(HealthEndpoints.ReadyTag),
            ResponseWriter = (context, _) =>
            {
                context.Response.ContentLength = 0;
                return Task.CompletedTask;
            },
        }).WithMetadata(new HttpMethodMetadata([method]));

    private static Task Version(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(ServiceVersion.Current, context.RequestAborted);
    }
}
