using System.Buffers.Binary;
using System.Text;
using Analytics.Registry.Database;
using Analytics.Registry.Scoring;

namespace Analytics.Registry.Journal.Records;

/// <summary>Writes the rows of a scored request one by one, so that a large request fills no large buffer. One thread at a time.</summary>
internal sealed class ScoredRowCursor(RowSchemas schemas)
{
    /// <summary>The columns of the table that <see cref="WriteNext"/> writes, in its order.</summary>
    public const string Columns = "id, time, request_id, row, model, version, features, prediction, label, probabilities, role";

    private const short ColumnCount = 11;

    private static readonly byte[] Champion = Encoding.UTF8.GetBytes(PredictionRole.Champion);
    private static readonly byte[] Challenger = Encoding.UTF8.GetBytes(PredictionRole.Challenger);
    private static readonly byte[] Shadow = Encoding.UTF8.GetBytes(PredictionRole.Shadow);

    private RowSchema _schema = null!;
    private long _ticks;
    private int _requestId;
    private int _width;
    private int _rows;
    private int _firstRow;
    private int _row;
    private int _offset;
    private byte[] _role = [];
    private float[] _outputs = [];

    /// <summary>Begins with a record of the kind <see cref="JournalRecordKind.Scored"/>, <see cref="JournalRecordKind.Rows"/> or <see cref="JournalRecordKind.Shadow"/>.</summary>
    public void Start(JournalRecordKind kind, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var request = new RequestFields(ref reader);
        _ticks = request.Ticks;
        _rows = request.Rows;
        _requestId = RequestFields.IdOffset;
        _role = kind == JournalRecordKind.Shadow ? Shadow : request.Has(RequestFlags.Challenger) ? Challenger : Champion;
        _firstRow = kind is JournalRecordKind.Rows or JournalRecordKind.Shadow ? reader.Length() : 0;
        _schema = schemas.Find(reader.Text());
        _width = reader.Length();
        _offset = reader.Offset;
        _row = 0;
        if (_outputs.Length < _width)
        {
            _outputs = new float[_width];
        }
    }

    /// <summary>Writes the next row; false when there is none. The payload is that of <see cref="Start"/>.</summary>
    public bool WriteNext(ReadOnlySpan<byte> payload, CopyBuffer copy)
    {
        if (_row == _rows)
        {
            return false;
        }

        var reader = new PayloadReader(payload[_offset..]);
        copy.StartRow(ColumnCount);
        copy.Id(reader.Bytes(16));
        copy.Time(_ticks);
        copy.Id(payload.Slice(_requestId, 16));
        copy.Int32(_firstRow + _row++);
        copy.Text(_schema.Model);
        copy.Int32(_schema.Version);
        var outputs = reader.Bytes(checked(_width * sizeof(float)));
        FeatureJson.Write(copy, _schema, ref reader);
        WriteOutputs(copy, outputs);
        copy.Text(_role);
        _offset += reader.Offset;
        return true;
    }

    private void WriteOutputs(CopyBuffer copy, ReadOnlySpan<byte> encoded)
    {
        var outputs = _outputs.AsSpan(0, _width);
        for (var k = 0; k < outputs.Length; k++)
        {
            outputs[k] = BinaryPrimitives.ReadSingleLittleEndian(encoded[(k * sizeof(float))..]);
        }

        if (_schema.Labels is not { } labels)
        {
            copy.Double(outputs[0]);
            copy.Null();
            copy.Null();
            return;
        }

        // The column takes no NULL: where no class has a number, the prediction is NaN, as the answer's is null.
        var best = ClassIndex.Best(outputs);
        copy.Double(best >= 0 ? best : double.NaN);
        if (best >= 0)
        {
            copy.Text(labels[best]);
        }
        else
        {
            copy.Null();
        }

        copy.Reals(encoded);
    }
}
