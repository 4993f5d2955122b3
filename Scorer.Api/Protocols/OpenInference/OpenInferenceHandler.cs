using System.Globalization;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Serving;
using Analytics.ServiceDefaults.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>Answers the calls of the Open Inference Protocol over REST.</summary>
internal sealed class OpenInferenceHandler(
    ScoringPipeline pipeline, CallHandler calls, ServingCatalog catalog, HealthCheckService health, IOptions<ScorerOptions> options, TimeProvider time)
{
    private readonly int _maxRows = options.Value.MaxRows;
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary><c>GET /v2/health/live</c></summary>
    public static Task ServerLive(HttpContext context) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, writer => writer.WriteBoolean("live", true));

    /// <summary><c>GET /v2/health/ready</c>: the status decides; the body says it by both names in use.</summary>
    public async Task ServerReady(HttpContext context)
    {
        var report = await health.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), context.RequestAborted);
        var ready = report.Status == HealthStatus.Healthy;
        await JsonAnswer.WriteAsync(
            context,
            ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            writer =>
            {
                writer.WriteBoolean("ready", ready);
                writer.WriteBoolean("live", true);
            });
    }

    /// <summary><c>GET /v2/models/{model}[/versions/{version}]/ready</c></summary>
    public Task ModelReady(HttpContext context)
    {
        var name = Model(context);
        var ready = ScoringPipeline.TryFind(catalog.Current, name, Version(context), out _, out var problem);
        return problem is { Status: not StatusCodes.Status503ServiceUnavailable }
            ? problem.ExecuteAsync(context)
            : JsonAnswer.WriteAsync(
                context,
                ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
                writer =>
                {
                    writer.WriteString("name", name);
                    writer.WriteBoolean("ready", ready);
                });
    }

    /// <summary><c>GET /v2</c></summary>
    public static Task ServerMetadata(HttpContext context) => JsonAnswer.WriteAsync(
        context,
        StatusCodes.Status200OK,
        writer =>
        {
            writer.WriteString("name", ServerDescription.Name);
            writer.WriteString("version", ServerDescription.Version);
            writer.WriteStartArray("extensions");
            writer.WriteStringValue(ServerDescription.RepositoryExtension);
            writer.WriteEndArray();
        });

    /// <summary><c>GET /v2/models/{model}[/versions/{version}]</c></summary>
    public Task ModelMetadata(HttpContext context)
    {
        var snapshot = catalog.Current;
        var name = Model(context);
        if (!ScoringPipeline.TryFind(snapshot, name, Version(context), out var servable, out var problem))
        {
            return problem.ExecuteAsync(context);
        }

        var tensors = ModelTensors.Of(servable);
        return JsonAnswer.WriteAsync(
            context,
            StatusCodes.Status200OK,
            writer =>
            {
                writer.WriteString("name", name);
                writer.WriteStartArray("versions");
                foreach (var loaded in snapshot.Find(name)!.Loaded)
                {
                    writer.WriteStringValue(loaded.Version.ToString(CultureInfo.InvariantCulture));
                }

                writer.WriteEndArray();
                writer.WriteString("platform", ModelTensors.Platform);
                Write(writer, "inputs", tensors.Inputs);
                Write(writer, "outputs", tensors.OutputForms);
            });
    }

    /// <summary><c>POST /v2/repository/index</c></summary>
    public async Task RepositoryIndex(HttpContext context)
    {
        var readyOnly = new RepositoryIndexRequest();
        var problem = await RequestBody.ReadAsync(context.Request, _maxBodyBytes, readyOnly, RepositoryIndexRequest.Read);
        await (problem is null ? RepositoryIndexAnswer.WriteAsync(context, catalog.Current, readyOnly.ReadyOnly) : problem.ExecuteAsync(context));
    }

    /// <summary><c>POST /v2/models/{model}/infer</c></summary>
    public Task InferModel(HttpContext context) => InferAsync(context, Model(context), null, OpenInferenceApi.InferRoute);

    /// <summary><c>POST /v2/models/{model}/versions/{version}/infer</c></summary>
    public Task InferVersion(HttpContext context) => InferAsync(context, Model(context), Version(context), OpenInferenceApi.InferVersionRoute);

    private async Task InferAsync(HttpContext context, string model, string? version, string route)
    {
        var started = time.GetTimestamp();
        var problem = RequestFormats.FindOtherThanJsonBothWays(context.Request);
        if (problem is null && pipeline.TryAcquire(context, model, version, out var servable, out problem))
        {
            try
            {
                problem = await calls.AnswerAsync(context, servable, new InferForm(ModelTensors.Of(servable), _maxRows), route, started);
            }
            finally
            {
                servable.Release();
            }
        }

        if (problem is not null)
        {
            await problem.ExecuteAsync(context);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<TensorForm> tensors)
    {
        writer.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("datatype", tensor.Type.Name());
            writer.WriteStartArray("shape");
            foreach (var dimension in tensor.Shape(-1))
            {
                writer.WriteNumberValue(dimension);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string Model(HttpContext context) => (string)context.Request.RouteValues["model"]!;

    private static string? Version(HttpContext context) => context.Request.RouteValues["version"] as string;
}
