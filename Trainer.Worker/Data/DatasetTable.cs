namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// A data set in memory, column by column: four bytes a cell (a float32 or a code into the column's distinct texts), so the
/// peak is about 4 × rows × columns bytes plus each distinct text once. The file is never held as strings.
/// </summary>
/// <param name="rowCount">The number of rows; every column has as many cells.</param>
/// <param name="columns">The columns in file order.</param>
public sealed class DatasetTable(int rowCount, IReadOnlyList<TableColumn> columns)
{
    private readonly Dictionary<string, TableColumn> _byName = columns.ToDictionary(c => c.Name, StringComparer.Ordinal);

    /// <summary>The number of rows.</summary>
    public int RowCount { get; } = rowCount;

    /// <summary>The columns in file order.</summary>
    public IReadOnlyList<TableColumn> Columns { get; } = columns;

    /// <summary>The column of the given name, which must be there.</summary>
    public TableColumn this[string name] => _byName[name];

    /// <summary>The column of the given name, or null.</summary>
    public TableColumn? Find(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>A column of a <see cref="DatasetTable"/>.</summary>
/// <param name="name">Its name, exactly as in the header.</param>
public abstract class TableColumn(string name)
{
    /// <summary>The column's name, exactly as in the header.</summary>
    public string Name { get; } = name;

    /// <summary>True when the cell has no value.</summary>
    public abstract bool IsMissing(int row);

    /// <summary>The number of different values, missing not counted.</summary>
    public abstract int DistinctCount { get; }
}

/// <summary>A column of numbers.</summary>
/// <param name="name">Its name.</param>
/// <param name="values">Float32 values; NaN for missing.</param>
public sealed class NumberColumn(string name, float[] values) : TableColumn(name)
{
    private int? _distinct;

    /// <summary>The values; NaN for missing.</summary>
    public float[] Values { get; } = values;

    /// <inheritdoc/>
    public override bool IsMissing(int row) => float.IsNaN(Values[row]);

    /// <inheritdoc/>
    public override int DistinctCount => _distinct ??= Values.Where(v => !float.IsNaN(v)).Distinct().Count();
}

/// <summary>A column of texts.</summary>
/// <param name="name">Its name.</param>
/// <param name="codes">For each row an index into <paramref name="values"/>; -1 for missing.</param>
/// <param name="values">The distinct texts in the order of appearance; nothing may depend on that order.</param>
public sealed class TextColumn(string name, int[] codes, IReadOnlyList<string> values) : TableColumn(name)
{
    /// <summary>For each row an index into <see cref="Values"/>; -1 for missing.</summary>
    public int[] Codes { get; } = codes;

    /// <summary>The distinct texts.</summary>
    public IReadOnlyList<string> Values { get; } = values;

    /// <inheritdoc/>
    public override bool IsMissing(int row) => Codes[row] < 0;

    /// <inheritdoc/>
    public override int DistinctCount => Values.Count;

    /// <summary>The text of a row, or null for missing.</summary>
    public string? this[int row] => Codes[row] < 0 ? null : Values[Codes[row]];
}
