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
        var open = app.MapGroup("");
        // Probes have no key.
        Get(open, "/v2/health/live", OpenInferenceHandler.ServerLive, OpenInferenceDescription.ServerLive);
        Get(open, "/v2/health/ready", handler.ServerReady, OpenInferenceDescription.ServerReady);
        Get(open, "/v2/models/{model}/ready", handler.ModelReady, OpenInferenceDescription.ModelReady(version: false));
        Get(open, "/v2/models/{model}/versions/{version}/ready", handler.ModelReady, OpenInferenceDescription.ModelReady(version: true));

        var keyed = app.MapGroup("").RequireApiKey();
        Get(keyed, "/v2", OpenInferenceHandler.ServerMetadata, OpenInferenceDescription.ServerMetadata);
        Get(keyed, "/v2/models/{model}", handler.ModelMetadata, OpenInferenceDescription.ModelMetadata(version: false));
        Get(keyed, "/v2/models/{model}/versions/{version}", handler.ModelMetadata, OpenInferenceDescription.ModelMetadata(version: true));
        Post(keyed, "/v2/repository/index", handler.RepositoryIndex, OpenInferenceDescription.RepositoryIndex);

        var scoring = keyed.MapGroup("").RequireAdmission();
        Post(scoring, InferRoute, handler.InferModel, OpenInferenceDescription.Infer(version: false))
            .WithMetadata(new ScoringRoute(InferRoute, null), new ReadWhole());
        Post(scoring, InferVersionRoute, handler.InferVersion, OpenInferenceDescription.Infer(version: true))
            .WithMetadata(new ScoringRoute(InferVersionRoute, null), new ReadWhole());
    }

    private static void Get(IEndpointRouteBuilder group, string route, RequestDelegate handler, DescribedCall call) =>
        call.Describe(group.MapGet(route, handler), handler);

    private static IEndpointConventionBuilder Post(IEndpointRouteBuilder group, string route, RequestDelegate handler, DescribedCall call)
    {
        var endpoint = group.MapPost(route, handler);
        call.Describe(endpoint, handler);
        return endpoint;
    }
}
