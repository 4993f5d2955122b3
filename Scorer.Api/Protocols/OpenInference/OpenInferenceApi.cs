using Analytics.Scorer.Api.Overload;
using Analytics.Scorer.Api.Predictions;
using Analytics.ServiceDefaults.ApiKeys;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>The Open Inference Protocol (version 2) over REST.</summary>
internal static class OpenInferenceApi
{
    public const string InferRoute = "/v2/models/{model}/infer";
    public const string InferVersionRoute = "/v2/models/{model}/versions/{version}/infer";

    public static void MapOpenInference(this IEndpointRouteBuilder app)
    {
        var handler = app.ServiceProvider.GetRequiredService<OpenInferenceHandler>();
        var open = app.MapGroup("").ExcludeFromDescription();
        // Probes have no key.
        open.MapGet("/v2/health/live", OpenInferenceHandler.ServerLive);
        open.MapGet("/v2/health/ready", handler.ServerReady);
        open.MapGet("/v2/models/{model}/ready", handler.ModelReady);
        open.MapGet("/v2/models/{model}/versions/{version}/ready", handler.ModelReady);

        var keyed = app.MapGroup("").ExcludeFromDescription().RequireApiKey();
        keyed.MapGet("/v2", OpenInferenceHandler.ServerMetadata);
        keyed.MapGet("/v2/models/{model}", handler.ModelMetadata);
        keyed.MapGet("/v2/models/{model}/versions/{version}", handler.ModelMetadata);
        keyed.MapPost("/v2/repository/index", handler.RepositoryIndex);

        var scoring = keyed.MapGroup("").RequireAdmission();
        scoring.MapPost(InferRoute, handler.InferModel).WithMetadata(new ScoringRoute(InferRoute, null), new ReadWhole());
        scoring.MapPost(InferVersionRoute, handler.InferVersion).WithMetadata(new ScoringRoute(InferVersionRoute, null), new ReadWhole());
    }
}
