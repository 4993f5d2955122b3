using System.Buffers;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// Answers calls whose body is read whole. This is the hot path: the body is parsed where it lies into reused columns, scored, appended
/// to the journal and only then answered; nothing is bound, boxed or looked up that could be known before.
/// </summary>
internal sealed class CallHandler(ScoringPipeline pipeline, IOptions<ScorerOptions> options)
{
    /// <summary>Answers larger than this are handed over at the connection's pace, not kept until the end.</summary>
    private const int FlushBytes = 64 * 1024;

    private static readonly BodyReader<(ICallForm Form, RequestWork Work)> ReadBody = (body, state) => state.Form.Read(body, state.Work);

    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary>Answers with predictions, or returns why not; nothing has been written then.</summary>
    public async ValueTask<ScoringProblem?> AnswerAsync(HttpContext context, Servable servable, ICallForm form, string route, long started)
    {
        // Not returned after an exception: what a failed request left in its buffers is not worth knowing.
        var work = servable.Rent();
        ScoringProblem? problem;
        using (ScorerTelemetry.Source.StartActivity("validate"))
        {
            problem = await RequestBody.ReadAsync(context.Request, _maxBodyBytes, (form, work), ReadBody);
        }

        problem ??= await pipeline.ScoreAsync(context, servable, work, form, route, started);
        if (problem is null)
        {
            await WriteAsync(context, work, form.ContentType);
        }

        servable.Return(work);
        return problem;
    }

    private static ValueTask WriteAsync(HttpContext context, RequestWork work, string contentType)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = work.Answer.WrittenCount;
        if (work.Answer.WrittenCount <= FlushBytes)
        {
            // Sent with the end of the response, in one piece with its headers.
            response.BodyWriter.Write(work.Answer.WrittenSpan);
            return ValueTask.CompletedTask;
        }

        return WriteLargeAsync(context, work);
    }

    private static async ValueTask WriteLargeAsync(HttpContext context, RequestWork work)
    {
        for (var left = work.Answer.WrittenMemory; !left.IsEmpty;)
        {
            var piece = left[..Math.Min(left.Length, FlushBytes)];
            await context.Response.BodyWriter.WriteAsync(piece, context.RequestAborted);
            left = left[piece.Length..];
        }
    }
}
