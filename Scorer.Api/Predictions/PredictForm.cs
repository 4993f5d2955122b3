using Analytics.Scorer.Api.Predictions.Batches;
using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>The JSON body of <c>/predict</c>, and the form of its answer. Immutable; any number of threads.</summary>
internal sealed class PredictForm(BodyFormat answer, int maxRows) : ICallForm
{
    public string ContentType { get; } = AnswerStream.ContentTypeOf(answer);

    public ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work) => PredictRequestReader.Read(body, work, maxRows);

    public void Write(Servable servable, RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        if (answer == BodyFormat.Json)
        {
            servable.Answer.Write(work.Writer, work.Many, outputs, ids);
            return;
        }

        var stream = AnswerStream.Create(answer, servable.Answer);
        stream.Begin(work);
        stream.Write(work, outputs, ids);
        stream.End(work);
    }
}
