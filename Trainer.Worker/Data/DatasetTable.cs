using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// A data set column by column: four bytes a cell (a float32 or a code into the column's distinct texts; eight for a date), in memory while the
/// whole has at most <see cref="Reading.TableLoading.MostCellsInMemory"/> cells and in files above, so that the peak is one column of
/// each reader. The source is never held as strings.
/// </summary>
/// <param name="rowCount">The number of rows; every column has as many cells.</param>
/// <param name="columns">The columns in file order.</param>
public sealed class DatasetTable(int rowCount, IReadOnlyList<TableColumn> columns)
{
    private readonly Dictionary<string, TableColumn> _byName = ByName(columns);

    /// <summary>The number of rows.</summary>
    public int RowCount { get; } = rowCount;

    /// <summary>The columns in file order.</summary>
    public IReadOnlyList<TableColumn> Columns { get; } = columns;

    /// <summary>The column of the given name, or the part of a date (<c>{column}.{part}</c>); it must be there.</summary>
    public TableColumn this[string name] => _byName[name];

    /// <summary>The column of the given name, or null.</summary>
    public TableColumn? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The given rows as a table in memory, in their order.</summary>
    public DatasetTable Take(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new DatasetTable(rows.Count, [.. Columns.Select(c => c.Take(rows))]);
    }

    // A column of the data goes before a part of the same name, which FeatureSelection then refuses.
    private static Dictionary<string, TableColumn> ByName(IReadOnlyList<TableColumn> columns)
    {
        var byName = columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        foreach (var part in columns.OfType<DateColumn>().SelectMany(c => c.Parts))
        {
            byName.TryAdd(part.Name, part);
        }

        return byName;
    }
}

/// <summary>A column of a <see cref="DatasetTable"/>.</summary>
/// <param name="name">Its name, exactly as in the header.</param>
public abstract class TableColumn(string name)
{
    private int? _missing;

    /// <summary>The column's name, exactly as in the header.</summary>
    public string Name { get; } = name;

    /// <summary>The number of rows without a value.</summary>
    public int MissingCount => _missing ??= CountMissing();

    /// <summary>True when the cell has no value.</summary>
    public abstract bool IsMissing(int row);

    /// <summary>The number of different values, missing not counted; about that of a column of numbers in a file.</summary>
    public abstract int DistinctCount { get; }

    /// <summary>True when every row has the same value, and none is missing.</summary>
    public abstract bool IsConstant { get; }

    /// <summary>What its cells are.</summary>
    public abstract ColumnType Type { get; }

    /// <summary>The cells of the given rows, in memory.</summary>
    internal abstract TableColumn Take(IReadOnlyList<int> rows);

    /// <summary>Counts the cells without a value.</summary>
    protected abstract int CountMissing();
}

/// <summary>A column of numbers, or of booleans: true is 1, false 0.</summary>
public sealed class NumberColumn : TableColumn
{
    private readonly ColumnCells<float> _cells;
    private int? _distinct;

    /// <summary>A column in memory; NaN for missing.</summary>
    public NumberColumn(string name, float[] values)
        : this(name, ColumnCells<float>.Of(values))
    {
    }

    /// <summary>A column whose number of different values is known, or about known where it is too long to count.</summary>
    internal NumberColumn(string name, ColumnCells<float> cells, int? distinct = null, bool isBoolean = false)
        : base(name)
    {
        _cells = cells;
        _distinct = distinct;
        IsBoolean = isBoolean;
    }

    /// <summary>True for a column of booleans.</summary>
    public bool IsBoolean { get; }

    /// <inheritdoc/>
    public override ColumnType Type => IsBoolean ? ColumnType.Boolean : ColumnType.Number;

    /// <summary>
    /// The values; NaN for missing. A column in a file is read anew at each call: keep the array as long as it is used, no longer.
    /// </summary>
    public float[] Values => _cells.ToArray();

    /// <summary>The value of a row; NaN for missing.</summary>
    public float this[int row]
    {
        get
        {
            var cell = 0f;
            _cells.CopyTo(row, new Span<float>(ref cell));
            return cell;
        }
    }

    /// <inheritdoc/>
    public override bool IsMissing(int row) => float.IsNaN(this[row]);

    /// <inheritdoc/>
    public override int DistinctCount => _distinct ??= CountDistinct();

    /// <inheritdoc/>
    public override bool IsConstant
    {
        get
        {
            var values = Values;
            return Array.TrueForAll(values, v => v == values[0]);
        }
    }

    /// <summary>Copies the values from a row on.</summary>
    public void CopyTo(int start, Span<float> target) => _cells.CopyTo(start, target);

    /// <summary>The values of the given rows, from the <paramref name="first"/> of them on.</summary>
    public void Gather(IReadOnlyList<int> rows, int first, Span<float> target) => _cells.Gather(rows, first, target);

    internal override TableColumn Take(IReadOnlyList<int> rows) => new NumberColumn(Name, _cells.Take(rows), null, IsBoolean);

    /// <inheritdoc/>
    protected override int CountMissing() => Values.Count(float.IsNaN);

    // Sorting needs no more memory than the column; a set of ten million floats needs many times that.
    private int CountDistinct()
    {
        var sorted = Values.Where(v => !float.IsNaN(v)).ToArray();
        Array.Sort(sorted);
        var distinct = sorted.Length == 0 ? 0 : 1;
        for (var i = 1; i < sorted.Length; i++)
        {
            distinct += sorted[i] == sorted[i - 1] ? 0 : 1;
        }

        return distinct;
    }
}

/// <summary>A column of texts.</summary>
public sealed class TextColumn : TableColumn
{
    private readonly ColumnCells<int> _cells;

    /// <summary>A column in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="codes">For each row an index into <paramref name="values"/>; -1 for missing.</param>
    /// <param name="values">The distinct texts in the order of appearance; nothing may depend on that order.</param>
    public TextColumn(string name, int[] codes, IReadOnlyList<string> values)
        : this(name, ColumnCells<int>.Of(codes), values)
    {
    }

    internal TextColumn(string name, ColumnCells<int> cells, IReadOnlyList<string> values)
        : base(name)
    {
        _cells = cells;
        Values = values;
    }

    /// <summary>
    /// For each row an index into <see cref="Values"/>; -1 for missing. A column in a file is read anew at each call.
    /// </summary>
    public int[] Codes => _cells.ToArray();

    /// <summary>The distinct texts.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <inheritdoc/>
    public override ColumnType Type => ColumnType.Text;

    /// <inheritdoc/>
    public override bool IsMissing(int row) => CodeOf(row) < 0;

    /// <inheritdoc/>
    public override int DistinctCount => Values.Count;

    /// <inheritdoc/>
    public override bool IsConstant => Values.Count == 1 && MissingCount == 0;

    /// <summary>The text of a row, or null for missing.</summary>
    public string? this[int row] => CodeOf(row) is >= 0 and var code ? Values[code] : null;

    /// <summary>Copies the codes from a row on.</summary>
    public void CopyTo(int start, Span<int> target) => _cells.CopyTo(start, target);

    /// <summary>The codes of the given rows, from the <paramref name="first"/> of them on.</summary>
    public void Gather(IReadOnlyList<int> rows, int first, Span<int> target) => _cells.Gather(rows, first, target);

    internal override TableColumn Take(IReadOnlyList<int> rows) => new TextColumn(Name, _cells.Take(rows), Values);

    /// <inheritdoc/>
    protected override int CountMissing() => Codes.Count(c => c < 0);

    private int CodeOf(int row)
    {
        var cell = 0;
        _cells.CopyTo(row, new Span<int>(ref cell));
        return cell;
    }
}
