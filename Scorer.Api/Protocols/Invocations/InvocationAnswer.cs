using System.Buffers;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Predictions.Batches;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>What is answered for each row; the names are those of MLflow's parameter <c>predict_method</c>, and one of our own.</summary>
internal enum PredictMethod
{
    /// <summary>The label, or the number.</summary>
    Predict,

    /// <summary>The probabilities in the order of the classes.</summary>
    PredictProba,

    /// <summary>The object that <c>/predict</c> gives, with the row's id.</summary>
    Records,
}

/// <summary>The answers of <c>/invocations</c>.</summary>
internal static class InvocationAnswer
{
    public static AnswerStream Create(BodyFormat format, AnswerFormat answer, PredictMethod method) => format switch
    {
        BodyFormat.Csv => new BareCsvAnswer(answer),
        BodyFormat.Ndjson => new JsonLinesAnswer(answer),
        _ => new PredictionsAnswer(answer, method),
    };

    public static string ContentTypeFor(BodyFormat format) => format switch
    {
        BodyFormat.Csv => "text/csv; charset=utf-8",
        BodyFormat.Ndjson => "application/jsonlines; charset=utf-8",
        _ => "application/json",
    };
}

/// <summary><c>{"predictions": […]}</c>, as MLflow has it.</summary>
internal sealed class PredictionsAnswer(AnswerFormat format, PredictMethod method) : ListAnswer(format)
{
    public override string ContentType => InvocationAnswer.ContentTypeFor(BodyFormat.Json);

    public override void End(RequestWork work) => work.Answer.Write("]}"u8);

    protected override void WriteRow(RequestWork work, ReadOnlySpan<float> outputs, Guid id)
    {
        if (method == PredictMethod.Records)
        {
            Format.WriteListed(work.Writer, outputs, id);
        }
        else if (Format.Classes is null)
        {
            AnswerFormat.WriteNumberValue(work.Writer, outputs[0]);
        }
        else if (method == PredictMethod.Predict)
        {
            Format.WriteLabel(work.Writer, outputs);
        }
        else
        {
            work.Writer.WriteStartArray();
            foreach (var output in outputs)
            {
                AnswerFormat.WriteNumberValue(work.Writer, output);
            }

            work.Writer.WriteEndArray();
        }
    }
}

/// <summary>On each line what <c>/predict</c> answers to that row alone, or its error.</summary>
internal sealed class JsonLinesAnswer(AnswerFormat format) : AnswerStream(format)
{
    private readonly NdjsonAnswer _lines = new(format);

    public override bool TakesErrors => true;

    public override string ContentType => InvocationAnswer.ContentTypeFor(BodyFormat.Ndjson);

    public override void Write(RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids) => _lines.Write(work, outputs, ids);

    public override void WriteError(RequestWork work, ScoringProblem problem) =>
        _lines.WriteError(work, problem with { Detail = ScoringServerErrors.MessageOf(problem), Found = null });
}

/// <summary>CSV without a header, a line for each row: the label and the probabilities in the order of the classes, or the number.</summary>
internal sealed class BareCsvAnswer(AnswerFormat format) : AnswerStream(format)
{
    private readonly byte[][]? _labels = format.Classes?.Select(CsvText.Escape).ToArray();

    public override string ContentType => InvocationAnswer.ContentTypeFor(BodyFormat.Csv);

    public override void Write(RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var width = ids.Length == 0 ? 0 : outputs.Length / ids.Length;
        for (var row = 0; row < ids.Length; row++)
        {
            var values = outputs.Slice(row * width, width);
            if (_labels is not null)
            {
                work.Answer.Write(ClassIndex.Best(values) is >= 0 and var best ? _labels[best] : []);
            }

            for (var k = 0; k < values.Length; k++)
            {
                if (k > 0 || _labels is not null)
                {
                    work.Answer.Write(","u8);
                }

                CsvAnswer.WriteNumber(work.Answer, values[k]);
            }

            work.Answer.Write("\n"u8);
        }
    }
}
