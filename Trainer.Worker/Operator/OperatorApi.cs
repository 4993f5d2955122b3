using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Database;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.ServiceDefaults.Description;
using Scalar.AspNetCore;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>The operator API: runs, data sets, models and aliases, with its description.</summary>
internal static class OperatorApi
{
    /// <summary>The scope of the API keys.</summary>
    public const string Scope = "operate";

    /// <summary>Adds what the API needs.</summary>
    public static WebApplicationBuilder AddOperatorApi(this WebApplicationBuilder builder)
    {
        builder.AddApiKeys(Scope);
        builder.Services.AddApiDescription(
            "Analytics trainer", "Queue training runs, upload data sets, look at models, promote and roll back.",
            options => options.AddExamples(OperatorExamples.ByOperation));
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<OperatorExceptionHandler>();
        builder.Services.AddScoped<TrainingRequestRules>();
        // Also outside Development: the exception handler answers with the place of the fault.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            var json = options.SerializerOptions;
            json.AllowDuplicateProperties = false;
            // The quotes of our sentences are to be read; the content type is never taken for HTML.
            json.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            json.NumberHandling = JsonNumberHandling.Strict;
            json.Converters.Add(new JsonStringEnumConverter<RunState>(JsonNamingPolicy.CamelCase));
            json.Converters.Add(new JsonStringEnumConverter<PromotePolicy>(JsonNamingPolicy.CamelCase));
        });
        return builder;
    }

    /// <summary>Maps the API; every call needs a key.</summary>
    public static WebApplication MapOperatorApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        var api = app.MapGroup("").RequireApiKey();
        api.MapOpenApi();
        api.MapScalarApiReference();
        var calls = api.MapGroup("")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        calls.MapRuns();
        calls.MapRunEvents();
        calls.MapRunComparison();
        calls.MapSchedules();
        calls.MapDatasets();
        calls.MapModels();
        calls.MapAliases();
        calls.MapRegistration();
        calls.MapErasures();
        return app;
    }
}
