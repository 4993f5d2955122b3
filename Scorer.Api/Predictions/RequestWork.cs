using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>The buffers of one request, reused by later requests of the same version. One request at a time.</summary>
internal sealed class RequestWork
{
    /// <summary>Buffers that grew beyond this are not kept: one large request must not hold its memory for ever.</summary>
    private const int KeptRows = 1024;
    private const int KeptAnswerBytes = 256 * 1024;

    private float[] _outputs;

    public RequestWork(Servable servable)
    {
        Columns = servable.Columns;
        Batch = new RowBatch(servable.Signature);
        SetInRow = new int[servable.Columns.Count];
        _outputs = new float[servable.Scorer.OutputWidth];
        Writer = new Utf8JsonWriter(
            Answer,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true });
    }

    public ColumnTable Columns { get; }

    public RowBatch Batch { get; }

    /// <summary>The index, in its request, of the batch's first row: a request that is streamed is scored in pieces.</summary>
    public int FirstRow { get; private set; }

    /// <summary>True when the request used <c>instances</c>: it is answered with a list.</summary>
    public bool Many { get; set; }

    /// <summary>For each column the last row, plus one, that named it: tells a duplicate without clearing it for each row.</summary>
    public int[] SetInRow { get; }

    public ArrayBufferWriter<byte> Answer { get; } = new(512);

    public Utf8JsonWriter Writer { get; }

    /// <summary>Room for the outputs of the batch.</summary>
    public Span<float> Outputs(int width)
    {
        var length = Batch.Count * width;
        if (_outputs.Length < length)
        {
            _outputs = new float[length];
        }

        return _outputs.AsSpan(0, length);
    }

    /// <summary>Goes on with the next piece of the same request.</summary>
    public void NextPiece()
    {
        FirstRow += Batch.Count;
        Batch.Reset();
        SetInRow.AsSpan().Clear();
    }

    /// <summary>Counts a row of the request that is not scored; the batch must be empty.</summary>
    public void SkipRow() => FirstRow++;

    /// <summary>Takes back the row that was added last, and could not be read.</summary>
    public void DropLastRow()
    {
        Batch.RemoveLastRow();
        SetInRow.AsSpan().Clear();
    }

    /// <summary>Makes it ready for the next request; false when it has grown too large to be kept.</summary>
    public bool TryReset()
    {
        if (Batch.Count > KeptRows || Answer.Capacity > KeptAnswerBytes)
        {
            return false;
        }

        Batch.Reset();
        Many = false;
        FirstRow = 0;
        SetInRow.AsSpan().Clear();
        Answer.ResetWrittenCount();
        Writer.Reset(Answer);
        return true;
    }
}
