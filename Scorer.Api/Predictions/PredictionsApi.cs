using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>The prediction routes.</summary>
internal static class PredictionsApi
{
    public const string DefaultRoute = "/predict";
    public const string ModelRoute = "/models/{model}/predict";
    public const string VersionRoute = "/models/{model}/versions/{version}/predict";

    public static RouteGroupBuilder MapPredictions(this RouteGroupBuilder group)
    {
        var services = ((IEndpointRouteBuilder)group).ServiceProvider;
        var handler = services.GetRequiredService<PredictionHandler>();
        var defaultModel = services.GetRequiredService<IOptions<ScorerOptions>>().Value.DefaultModel;
        Map(group, DefaultRoute, handler.PredictDefault, defaultModel.Length > 0 ? defaultModel : null)
            .WithName("Predict").WithSummary("Scores one row or many with the default model.");
        Map(group, ModelRoute, handler.PredictModel, null)
            .WithName("PredictWithModel").WithSummary("Scores one row or many with a model's champion.");
        Map(group, VersionRoute, handler.PredictVersion, null)
            .WithName("PredictWithVersion").WithSummary("Scores one row or many with a version that is loaded.");
        return group;
    }

    // A RequestDelegate, not a bound handler: the framework then does nothing between routing and the handler.
    private static IEndpointConventionBuilder Map(RouteGroupBuilder group, string route, RequestDelegate handler, string? model) =>
        group.MapPost(route, handler)
            .WithMetadata(new ScoringRoute(route, model), handler.Method)
            .AddOpenApiOperationTransformer(PredictionDescription.DescribeAsync);
}
