using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Scoring;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>Writes the answer to a streamed request, piece by piece, into the buffer of its <see cref="RequestWork"/>.</summary>
internal abstract class AnswerStream(AnswerFormat format)
{
    /// <summary>True when a row that cannot be scored has its error in its place; else the request ends there.</summary>
    public virtual bool TakesErrors => false;

    /// <summary>The content type of the answer.</summary>
    public abstract string ContentType { get; }

    protected AnswerFormat Format => format;

    /// <summary>The content type of an answer of that form.</summary>
    public static string ContentTypeOf(BodyFormat format) => format switch
    {
        BodyFormat.Csv => "text/csv; charset=utf-8; header=present",
        BodyFormat.Ndjson => "application/x-ndjson; charset=utf-8",
        _ => "application/json; charset=utf-8",
    };

    public static AnswerStream Create(BodyFormat format, AnswerFormat answer) => format switch
    {
        BodyFormat.Csv => new CsvAnswer(answer),
        BodyFormat.Ndjson => new NdjsonAnswer(answer),
        _ => new JsonAnswer(answer),
    };

    /// <summary>Writes what stands before the first row.</summary>
    public virtual void Begin(RequestWork work)
    {
    }

    /// <summary>Writes rows.</summary>
    public abstract void Write(RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids);

    /// <summary>Writes the problem of a row in its place, where <see cref="TakesErrors"/>.</summary>
    public virtual void WriteError(RequestWork work, ScoringProblem problem) => throw new NotSupportedException();

    /// <summary>Writes what stands after the last row.</summary>
    public virtual void End(RequestWork work)
    {
    }
}

/// <summary>A JSON document with <c>{"predictions": […]</c>, an element for each row.</summary>
internal abstract class ListAnswer(AnswerFormat format) : AnswerStream(format)
{
    private bool _any;

    public override void Begin(RequestWork work) => work.Answer.Write("{\"predictions\":["u8);

    public override void Write(RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var width = ids.Length == 0 ? 0 : outputs.Length / ids.Length;
        for (var row = 0; row < ids.Length; row++)
        {
            if (_any)
            {
                work.Answer.Write(","u8);
            }

            _any = true;
            work.Writer.Reset(work.Answer);
            WriteRow(work, outputs.Slice(row * width, width), ids[row]);
            work.Writer.Flush();
        }
    }

    /// <summary>Writes a row's element.</summary>
    protected abstract void WriteRow(RequestWork work, ReadOnlySpan<float> outputs, Guid id);
}

/// <summary>The document that a JSON request with many rows is answered with.</summary>
internal sealed class JsonAnswer(AnswerFormat format) : ListAnswer(format)
{
    public override string ContentType => ContentTypeOf(BodyFormat.Json);

    public override void End(RequestWork work)
    {
        work.Answer.Write("],"u8);
        work.Answer.Write(Format.ModelAndVersion);
        work.Answer.Write("}"u8);
    }

    protected override void WriteRow(RequestWork work, ReadOnlySpan<float> outputs, Guid id) =>
        Format.WriteListed(work.Writer, outputs, id);
}

/// <summary>On each line what a request of that row alone is answered with, or its problem.</summary>
internal sealed class NdjsonAnswer(AnswerFormat format) : AnswerStream(format)
{
    public override string ContentType => ContentTypeOf(BodyFormat.Ndjson);

    public override bool TakesErrors => true;

    public override void Write(RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var width = ids.Length == 0 ? 0 : outputs.Length / ids.Length;
        for (var row = 0; row < ids.Length; row++)
        {
            work.Writer.Reset(work.Answer);
            Format.WriteOne(work.Writer, outputs.Slice(row * width, width), ids[row]);
            work.Answer.Write("\n"u8);
        }
    }

    public override void WriteError(RequestWork work, ScoringProblem problem)
    {
        // A writer of its own: one of problems leaves the quotes of our sentences as they are.
        using var writer = new Utf8JsonWriter(work.Answer, ScoringProblem.WriterOptions);
        writer.WriteStartObject();
        writer.WritePropertyName("error"u8);
        problem.WriteTo(writer);
        writer.WriteEndObject();
        writer.Flush();
        work.Answer.Write("\n"u8);
    }
}

/// <summary>
/// CSV with a header: <c>prediction</c>, and for classes <c>label</c> and <c>probability_CLASS</c> for each class, then
/// <c>model</c>, <c>version</c>, <c>id</c>. A number that is none is an empty field.
/// </summary>
internal sealed class CsvAnswer(AnswerFormat format) : AnswerStream(format)
{
    public override string ContentType => ContentTypeOf(BodyFormat.Csv);

    private const int NumberBytes = 32;

    private readonly byte[][]? _labels = format.Classes?.Select(CsvText.Escape).ToArray();
    private readonly byte[] _modelAndVersion =
    [
        (byte)',', .. CsvText.Escape(format.Model), .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $",{format.Version},")),
    ];

    public override void Begin(RequestWork work)
    {
        work.Answer.Write("prediction"u8);
        if (Format.Classes is { } classes)
        {
            work.Answer.Write(",label"u8);
            foreach (var label in classes)
            {
                work.Answer.Write(","u8);
                work.Answer.Write(CsvText.Escape($"probability_{label}"));
            }
        }

        work.Answer.Write(",model,version,id\n"u8);
    }

    public override void Write(RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var width = ids.Length == 0 ? 0 : outputs.Length / ids.Length;
        for (var row = 0; row < ids.Length; row++)
        {
            WriteOutputs(work.Answer, outputs.Slice(row * width, width));
            work.Answer.Write(_modelAndVersion);
            ids[row].TryFormat(work.Answer.GetSpan(NumberBytes + 4), out var written);
            work.Answer.Advance(written);
            work.Answer.Write("\n"u8);
        }
    }

    private void WriteOutputs(ArrayBufferWriter<byte> answer, ReadOnlySpan<float> outputs)
    {
        if (_labels is null)
        {
            WriteNumber(answer, outputs[0]);
            return;
        }

        var best = ClassIndex.Best(outputs);
        if (best >= 0)
        {
            best.TryFormat(answer.GetSpan(NumberBytes), out var written, default, CultureInfo.InvariantCulture);
            answer.Advance(written);
        }

        answer.Write(","u8);
        answer.Write(best >= 0 ? _labels[best] : []);
        foreach (var output in outputs)
        {
            answer.Write(","u8);
            WriteNumber(answer, output);
        }
    }

    /// <summary>Writes a number; nothing where it is none.</summary>
    internal static void WriteNumber(ArrayBufferWriter<byte> answer, float value)
    {
        if (float.IsFinite(value))
        {
            value.TryFormat(answer.GetSpan(NumberBytes), out var written, default, CultureInfo.InvariantCulture);
            answer.Advance(written);
        }
    }
}
