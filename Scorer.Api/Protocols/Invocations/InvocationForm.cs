using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Predictions.Batches;
using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>A JSON body of MLflow's scoring server, and its answer in the form that the caller accepts.</summary>
internal sealed class InvocationForm(Servable servable, BodyFormat answer, int maxRows) : ICallForm
{
    public string ContentType { get; } = InvocationAnswer.ContentTypeFor(answer);

    private PredictMethod Method { get; set; }

    public ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work)
    {
        var problem = ScoringServerReader.Read(body, work, maxRows, out var method);
        Method = method;
        return problem ?? (method == PredictMethod.PredictProba && servable.Answer.Classes is null
            ? ScoringProblem.Part("\"params\"", "\"predict_method\" predict or records, for the model is a regression", "predict_proba")
            : null);
    }

    public void Write(Servable scored, RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var stream = InvocationAnswer.Create(answer, scored.Answer, Method);
        stream.Begin(work);
        stream.Write(work, outputs, ids);
        stream.End(work);
    }
}
