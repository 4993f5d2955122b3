using System.Diagnostics;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Feedback;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Overload;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Predictions.Batches;
using Analytics.Scorer.Api.Protocols;
using Analytics.Scorer.Api.Protocols.Hosting;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.ServiceDefaults.Description;
using Scalar.AspNetCore;

namespace Analytics.Scorer.Api;

/// <summary>What the scorer is made of.</summary>
internal static class ScorerSetup
{
    /// <summary>The API keys' scope.</summary>
    public const string Scope = "predict";

    public static WebApplicationBuilder AddScorer(this WebApplicationBuilder builder)
    {
        // The bound is Scorer:MaxBodyBytes, kept by the handlers: they answer with a problem document, where the server's own
        // bound would cut the connection under a client that is still sending.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            RpcListener.ChooseProtocol(kestrel);
        });
        builder.Services.AddSingleton<ScorerTelemetry>();
        builder.Services.AddSingleton<ScoringPipeline>();
        builder.Services.AddSingleton<CallHandler>();
        builder.Services.AddSingleton<PredictionHandler>();
        builder.Services.AddSingleton<BatchHandler>();
        builder.Services.AddInputRecorder();
        builder.AddProtocols();
        builder.Services.AddApiDescription(
            "Analytics scorer", "Scores rows with the champion of a model, and takes what turned out to be true.",
            options => options.AddExamples(ModelsExamples.ByOperation));
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
            context.ProblemDetails.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString());
        builder.Services.ConfigureHttpJsonOptions(options =>
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ServingJson.Default));
        builder.AddServing();
        builder.AddChallengers();
        builder.AddJournal();
        builder.AddFeedback();
        builder.AddOverload();
        return builder;
    }

    public static WebApplication MapScorer(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRouting();
        app.UseMiddleware<RequestHistory>();
        var group = app.MapGroup("").RequireApiKey();
        var scoring = group.MapGroup("").RequireAdmission();
        scoring.MapPredictions();
        scoring.MapFeedback();
        group.MapModels();
        app.MapProtocols();
        app.MapOpenApi();
        app.MapScalarApiReference();
        return app;
    }
}
