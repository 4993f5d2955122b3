using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// The inputs and outputs of scored rows, copied from the request's buffers: the JSON form of the features is made when they
/// are written, not while the caller waits.
/// </summary>
internal sealed class ScoredRows
{
    private const int RowBytes = 16;

    private readonly Manifest _manifest;
    private readonly float[] _numbers;
    private readonly string[] _texts;
    private readonly float[] _outputs;
    private readonly Guid[] _ids;

    public ScoredRows(
        Manifest manifest, AnswerFormat answer, InputRecorder recorder, RowBatch batch, ReadOnlySpan<float> outputs, DateTimeOffset time)
    {
        _manifest = manifest;
        Classes = answer.Classes;
        Count = batch.Count;
        _outputs = outputs.ToArray();
        _ids = new Guid[Count];
        for (var row = 0; row < Count; row++)
        {
            _ids[row] = PredictionId.Next(time);
        }

        (Inputs, _numbers, _texts) = recorder.Copy(manifest.Model, batch);
        Bytes = ((long)Count * RowBytes) + (4L * (_numbers.Length + _outputs.Length)) + (8L * _texts.Length);
        foreach (var text in _texts)
        {
            Bytes += 2L * text.Length;
        }
    }

    public string Model => _manifest.Model;

    public int Version => _manifest.Version;

    /// <summary>The columns that are kept, as they are kept: hashes are texts, and none may be left.</summary>
    public IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>The labels by class index; null for a regression.</summary>
    public IReadOnlyList<string>? Classes { get; }

    public int Count { get; }

    /// <summary>About how much memory the values take.</summary>
    public long Bytes { get; }

    /// <summary>A UUIDv7 for each row.</summary>
    public ReadOnlySpan<Guid> Ids => _ids;

    /// <summary>The outputs of a row: a probability for each class, or the number.</summary>
    public ReadOnlySpan<float> Outputs(int row)
    {
        var width = _outputs.Length / Count;
        return _outputs.AsSpan(row * width, width);
    }

    /// <summary>A cell of a number column, <paramref name="number"/> counting the number columns; NaN for missing.</summary>
    public float Number(int number, int row) => _numbers[(number * Count) + row];

    /// <summary>A cell of a text column, <paramref name="text"/> counting the text columns; <c>""</c> for missing.</summary>
    public string Text(int text, int row) => _texts[(text * Count) + row];
}
