using System.Buffers.Binary;
using System.Text;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>The bytes that a column's cells are hashed as; a block of rows at a time. See <see cref="HoldoutSplit"/>.</summary>
internal abstract class SplitCells
{
    private const byte MissingTag = 0;
    private const byte NumberTag = 1;
    private const byte TextTag = 2;
    private static readonly byte[] Missing = [MissingTag];

    public static SplitCells Of(TableColumn column) => column switch
    {
        NumberColumn { IsBoolean: true } flags => new Booleans(flags),
        NumberColumn numbers => new Numbers(numbers),
        DateColumn dates => new Dates(dates),
        TextColumn texts => new Texts(texts),
        _ => throw new NotSupportedException(column.GetType().Name),
    };

    /// <summary>Reads the cells of a block of rows.</summary>
    public abstract void Read(int start, int count);

    /// <summary>The bytes of the block's row; valid until the next call.</summary>
    public abstract ReadOnlySpan<byte> Cell(int index);

    /// <summary>The bytes of a text.</summary>
    public static byte[] TextCell(string text)
    {
        // The length stands before the text, so that ("ab", "c") and ("a", "bc") differ.
        var bytes = new byte[5 + Encoding.UTF8.GetByteCount(text)];
        bytes[0] = TextTag;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), bytes.Length - 5);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(5));
        return bytes;
    }

    private static byte[] NumberCell(float value, byte[] buffer)
    {
        buffer[0] = NumberTag;
        // Adding zero makes -0 into 0.
        BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(1), value + 0f);
        return buffer;
    }

    // A column of dates or booleans can turn into one of texts, and its rows stay where they are.
    private static string OneForm(string text) =>
        DateText.TryParse(text, out var date) ? DateText.Format(date)
        : text.Trim().ToLowerInvariant() is "true" or "false" ? text.Trim().ToLowerInvariant()
        : text;

    private sealed class Booleans(NumberColumn column) : SplitCells
    {
        private static readonly byte[] True = TextCell("true");
        private static readonly byte[] False = TextCell("false");
        private float[] _block = [];

        public override void Read(int start, int count)
        {
            _block = _block.Length < count ? new float[count] : _block;
            column.CopyTo(start, _block.AsSpan(0, count));
        }

        public override ReadOnlySpan<byte> Cell(int index) => float.IsNaN(_block[index]) ? Missing : _block[index] == 0 ? False : True;
    }

    private sealed class Dates(DateColumn column) : SplitCells
    {
        private long[] _block = [];

        public override void Read(int start, int count)
        {
            _block = _block.Length < count ? new long[count] : _block;
            column.CopyTo(start, _block.AsSpan(0, count));
        }

        public override ReadOnlySpan<byte> Cell(int index) => DateColumn.TextOf(_block[index]) is { } text ? TextCell(text) : Missing;
    }

    private sealed class Numbers(NumberColumn column) : SplitCells
    {
        private readonly byte[] _buffer = new byte[5];
        private float[] _block = [];

        public override void Read(int start, int count)
        {
            _block = _block.Length < count ? new float[count] : _block;
            column.CopyTo(start, _block.AsSpan(0, count));
        }

        public override ReadOnlySpan<byte> Cell(int index) => float.IsNaN(_block[index]) ? Missing : NumberCell(_block[index], _buffer);
    }

    private sealed class Texts(TextColumn column) : SplitCells
    {
        private readonly byte[][] _known =
        [
            .. column.Values.Select(v => CellText.TryParseNumber(v, out var number) ? NumberCell(number, new byte[5]) : TextCell(OneForm(v))),
        ];

        private int[] _block = [];

        public override void Read(int start, int count)
        {
            _block = _block.Length < count ? new int[count] : _block;
            column.CopyTo(start, _block.AsSpan(0, count));
        }

        public override ReadOnlySpan<byte> Cell(int index) => _block[index] < 0 ? Missing : _known[_block[index]];
    }
}
