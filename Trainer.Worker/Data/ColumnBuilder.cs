using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>Collects one column's cells; the number of rows is known.</summary>
internal abstract class ColumnBuilder
{
    public static ColumnBuilder For(ColumnScan scan, int rows) => scan.Type() == ColumnType.Number
        ? new Numbers(scan.Name, rows)
        : new Texts(scan.Name, rows);

    public abstract void Add(ReadOnlySpan<char> cell);

    public abstract TableColumn Build();

    private sealed class Numbers(string name, int rows) : ColumnBuilder
    {
        private readonly float[] _values = new float[rows];
        private int _next;

        // Rounded to float32 at once, as the scorer does; what does not parse is missing here, the scan saw no other text.
        public override void Add(ReadOnlySpan<char> cell) =>
            _values[_next++] = CellText.TryParseNumber(cell, out var value) ? value : float.NaN;

        public override TableColumn Build() => new NumberColumn(name, _values);
    }

    private sealed class Texts(string name, int rows) : ColumnBuilder
    {
        private readonly int[] _codes = new int[rows];
        private readonly List<string> _values = [];
        private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);
        private int _next;

        public override void Add(ReadOnlySpan<char> cell)
        {
            if (CellText.IsMissing(cell))
            {
                _codes[_next++] = -1;
                return;
            }

            var lookup = _codeOf.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(cell, out var code))
            {
                code = _values.Count;
                _values.Add(cell.ToString());
                _codeOf.Add(_values[code], code);
            }

            _codes[_next++] = code;
        }

        public override TableColumn Build() => new TextColumn(name, _codes, _values);
    }
}
