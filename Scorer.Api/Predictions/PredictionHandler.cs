using Analytics.Scorer.Api.Predictions.Batches;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>Answers the prediction routes.</summary>
internal sealed class PredictionHandler(
    ScoringPipeline pipeline, CallHandler calls, BatchHandler batches, IOptions<ScorerOptions> options, TimeProvider time)
{
    private readonly string _defaultModel = options.Value.DefaultModel;
    private readonly PredictForm[] _forms = [.. Enum.GetValues<BodyFormat>().Select(f => new PredictForm(f, options.Value.MaxRows))];

    /// <summary><c>POST /predict</c></summary>
    public Task PredictDefault(HttpContext context) => PredictAsync(context, _defaultModel, null, PredictionsApi.DefaultRoute);

    /// <summary><c>POST /models/{model}/predict</c></summary>
    public Task PredictModel(HttpContext context) =>
        PredictAsync(context, (string)context.Request.RouteValues["model"]!, null, PredictionsApi.ModelRoute);

    /// <summary><c>POST /models/{model}/versions/{version}/predict</c></summary>
    public Task PredictVersion(HttpContext context) => PredictAsync(
        context, (string)context.Request.RouteValues["model"]!, (string)context.Request.RouteValues["version"]!, PredictionsApi.VersionRoute);

    private async Task PredictAsync(HttpContext context, string model, string? version, string route)
    {
        var started = time.GetTimestamp();
        var problem = RequestFormats.Find(context.Request, out var formats);
        if (problem is null && pipeline.TryAcquire(context, model, version, out var servable, out problem))
        {
            try
            {
                problem = formats.IsStreamed
                    ? await batches.AnswerAsync(context, servable, formats, route, started)
                    : await calls.AnswerAsync(context, servable, _forms[(int)formats.Answer], route, started);
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
}
