using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Predictions.Batches;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>Answers <c>POST /invocations</c> with the default model.</summary>
internal sealed class InvocationsHandler(
    ScoringPipeline pipeline, CallHandler calls, BatchHandler batches, IOptions<ScorerOptions> options, TimeProvider time)
{
    private readonly string _model = options.Value.DefaultModel;
    private readonly int _maxRows = options.Value.MaxRows;

    public async Task Invoke(HttpContext context)
    {
        var started = time.GetTimestamp();
        // MLflow answers JSON whatever came; SageMaker's callers say what they want.
        var problem = RequestFormats.Find(context.Request, out var formats, BodyFormat.Json);
        if (problem is null && pipeline.TryAcquire(context, _model, null, out var servable, out problem))
        {
            try
            {
                problem = formats.Body == BodyFormat.Json
                    ? await calls.AnswerAsync(context, servable, new InvocationForm(servable, formats.Answer, _maxRows), InvocationsApi.Route, started)
                    : await batches.AnswerAsync(
                        context, servable,
                        formats.Body == BodyFormat.Csv ? new CsvRowReader(servable.Columns, headerIsOptional: true) : new NdjsonRowReader(),
                        InvocationAnswer.Create(formats.Answer, servable.Answer, PredictMethod.Predict), InvocationsApi.Route, started);
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
