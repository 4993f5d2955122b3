using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Benchmarks.Scoring;
using Analytics.Benchmarks.Training;
using Analytics.Trainer.Worker.Training.Features;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;

namespace Analytics.Benchmarks.Http;

/// <summary>The peers that are web servers of .NET: as small as they can be, with source-generated JSON and no logging.</summary>
internal static class WebPeers
{
    public const string BareKestrel = "bare-kestrel";
    public const string MlNetPool = "mlnet-pool";
    public const string Collector = "collector";

    /// <summary>
    /// Parses the same JSON and answers with constant bytes of the same form and length: what HTTP and reading JSON cost alone.
    /// </summary>
    public static Task RunBareKestrelAsync(int port, CancellationToken cancellationToken)
    {
        var answer = JsonSerializer.SerializeToUtf8Bytes(
            new FlowerAnswer(
                0, "setosa", new() { ["setosa"] = 0.99f, ["versicolor"] = 0.01f, ["virginica"] = 0 }, "iris", 1, Guid.CreateVersion7()),
            FlowerJson.Default.FlowerAnswer);
        return ServeAsync(
            port,
            async (context, row) =>
            {
                context.Response.StatusCode = row.Features.Length == 4 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
                context.Response.ContentType = "application/json; charset=utf-8";
                context.Response.ContentLength = answer.Length;
                await context.Response.BodyWriter.WriteAsync(answer, context.RequestAborted);
            },
            cancellationToken);
    }

    /// <summary>
    /// ML.NET's FastForest behind a pool of prediction engines, as Microsoft.Extensions.ML's PredictionEnginePool keeps them
    /// (an object pool; an engine is not thread-safe).
    /// </summary>
    public static async Task RunMlNetPoolAsync(int port, CancellationToken cancellationToken)
    {
        var set = await BenchmarkSet.ReadAsync("iris", "species", cancellationToken);
        int[] all = [.. Enumerable.Range(0, set.Table.RowCount)];
        var classes = set.Labels.Classes;
        var features = FeatureFitting.Fit(
            set.Table, set.Inputs, all, set.Labels.Indexes, classes.Count, FeatureStyle.Indicators, []).Apply(set.Table, all);
        var engine = new MlNetEngine(features, set.Labels.Indexes, classes.Count, 100);
        var pool = new DefaultObjectPool<MlNetPredictor>(new PredictorPolicy(engine));
        await ServeAsync(
            port,
            (context, row) =>
            {
                var predictor = pool.Get();
                var scores = predictor.Predict(new MlNetRow { Features = row.Features });
                var best = 0;
                var probabilities = new Dictionary<string, float>(classes.Count);
                for (var k = 0; k < classes.Count; k++)
                {
                    probabilities[classes[k]] = scores[k];
                    best = scores[k] > scores[best] ? k : best;
                }

                pool.Return(predictor);
                return context.Response.WriteAsJsonAsync(
                    new FlowerAnswer(best, classes[best], probabilities, "iris", 1, Guid.CreateVersion7()),
                    FlowerJson.Default.FlowerAnswer,
                    cancellationToken: context.RequestAborted);
            },
            cancellationToken);
    }

    /// <summary>A collector that takes what it is sent, reads it to the end and forgets it.</summary>
    public static Task RunCollectorAsync(int port, CancellationToken cancellationToken) =>
        RunAsync(
            port,
            app => app.MapPost("/v1/{signal}", (RequestDelegate)(async context =>
            {
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                context.Response.ContentType = "application/x-protobuf";
            })),
            cancellationToken);

    private static Task ServeAsync(int port, Func<HttpContext, FlowerRow, Task> answer, CancellationToken cancellationToken) =>
        RunAsync(
            port,
            app => app.MapPost("/predict", (RequestDelegate)(async context =>
            {
                var row = await context.Request.ReadFromJsonAsync(FlowerJson.Default.FlowerRow, context.RequestAborted);
                await answer(context, row!);
            })),
            cancellationToken);

    private static async Task RunAsync(int port, Action<WebApplication> map, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        app.MapGet("/health", (RequestDelegate)(_ => Task.CompletedTask));
        map(app);
        await app.StartAsync(cancellationToken);
        await ((IHost)app).WaitForShutdownAsync(cancellationToken);
    }

    private sealed class PredictorPolicy(MlNetEngine engine) : IPooledObjectPolicy<MlNetPredictor>
    {
        public MlNetPredictor Create() => engine.CreatePredictor();

        public bool Return(MlNetPredictor obj) => true;
    }
}

internal sealed record FlowerRow(float[] Features);

internal sealed record FlowerAnswer(
    int Prediction, string Label, Dictionary<string, float> Probabilities, string Model, int Version, Guid Id);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FlowerRow))]
[JsonSerializable(typeof(FlowerAnswer))]
internal sealed partial class FlowerJson : JsonSerializerContext;
