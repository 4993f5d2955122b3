using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Scored rows on their way into the journal. The inputs stay in the request's buffers, so this is of use until those are given
/// back; the journal has written them down when it says that it keeps the record.
/// </summary>
internal sealed class ScoredRows
{
    private readonly RowBatch _batch;
    private readonly float[] _outputs;
    private readonly Guid[] _ids;
    private readonly string[]? _hashes;

    public ScoredRows(
        Manifest manifest, AnswerFormat answer, InputRecorder recorder, RowBatch batch, ReadOnlySpan<float> outputs, DateTimeOffset time)
    {
        Manifest = manifest;
        Classes = answer.Classes;
        _batch = batch;
        _outputs = outputs.ToArray();
        _ids = new Guid[batch.Count];
        for (var row = 0; row < _ids.Length; row++)
        {
            _ids[row] = PredictionId.Next(time);
        }

        (Inputs, _hashes) = recorder.Record(manifest.Model, batch);
    }

    /// <summary>Who scored them, and whether it was answered: one of <see cref="PredictionRole"/>.</summary>
    public string Role { get; init; } = PredictionRole.Champion;

    /// <summary>The version that scored them.</summary>
    public Manifest Manifest { get; }

    /// <summary>The columns that are kept, as they are kept: hashes are texts, and there may be none.</summary>
    public IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>The labels by class index; null for a regression.</summary>
    public IReadOnlyList<string>? Classes { get; }

    public int Count => _ids.Length;

    /// <summary>A UUIDv7 for each row.</summary>
    public ReadOnlySpan<Guid> Ids => _ids;

    /// <summary>The outputs of a row: a probability for each class, or the number.</summary>
    public ReadOnlySpan<float> Outputs(int row)
    {
        var width = _outputs.Length / Count;
        return _outputs.AsSpan(row * width, width);
    }

    /// <summary>A cell of a number column; NaN for missing.</summary>
    public float Number(int column, int row) => _batch.Numbers(column).Span[row];

    /// <summary>A cell of a text column; <c>""</c> for missing.</summary>
    public string Text(int column, int row) => _hashes is null ? _batch.Texts(column).Span[row] : _hashes[(column * Count) + row];
}
