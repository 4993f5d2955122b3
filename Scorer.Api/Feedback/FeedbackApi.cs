using Analytics.Registry.Journal;

namespace Analytics.Scorer.Api.Feedback;

/// <summary>The feedback route, and what is behind it.</summary>
internal static class FeedbackApi
{
    public const string Route = "/feedback";

    public static IHostApplicationBuilder AddFeedback(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IFeedbackTable, FeedbackTable>();
        builder.Services.AddSingleton<FeedbackHandler>();
        return builder;
    }

    public static RouteGroupBuilder MapFeedback(this RouteGroupBuilder group)
    {
        RequestDelegate handler = ((IEndpointRouteBuilder)group).ServiceProvider.GetRequiredService<FeedbackHandler>().TakeAsync;
        group.MapPost(Route, handler)
            .WithName("Feedback").WithSummary("Takes the outcome of one prediction, or of many.")
            .WithMetadata(handler.Method)
            .AddOpenApiOperationTransformer(FeedbackDescription.DescribeAsync);
        return group;
    }
}
