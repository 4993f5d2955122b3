using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>A column of dates or timestamps, eight bytes a cell. What is learned from are its <see cref="Parts"/>.</summary>
public sealed class DateColumn : TableColumn
{
    /// <summary>The cell of a missing date.</summary>
    internal const long Missing = long.MinValue;

    private readonly ColumnCells<long> _cells;
    private int? _distinct;

    internal DateColumn(string name, ColumnCells<long> cells, ColumnType type, int? distinct = null)
        : base(name)
    {
        _cells = cells;
        _distinct = distinct;
        Type = type;
        Parts = [.. DateParts.Of(type).Select(p => new NumberColumn(DateParts.InputName(name, p), new PartCells(cells, DateParts.Find(p)!)))];
    }

    /// <inheritdoc/>
    public override ColumnType Type { get; }

    /// <summary>The parts as columns of numbers, computed when they are read, in the order of <see cref="DateParts.Of"/>.</summary>
    public IReadOnlyList<NumberColumn> Parts { get; }

    /// <summary>Ticks of <see cref="DateTime"/>; a column in a file is read anew at each call.</summary>
    public long[] Ticks => _cells.ToArray();

    /// <summary>The one form of a row's date (<see cref="DateText.Format"/>), or null for missing.</summary>
    public string? this[int row] => TextOf(TicksOf(row));

    /// <inheritdoc/>
    public override int DistinctCount => _distinct ??= Ticks.Where(t => t != Missing).Distinct().Count();

    /// <inheritdoc/>
    public override bool IsConstant => Ticks is [not Missing and var first, ..] all && Array.TrueForAll(all, t => t == first);

    /// <inheritdoc/>
    public override bool IsMissing(int row) => TicksOf(row) == Missing;

    /// <summary>The text of a cell, or null for missing.</summary>
    public static string? TextOf(long ticks) => ticks == Missing ? null : DateText.Format(new DateTime(ticks));

    /// <summary>Copies the ticks from a row on.</summary>
    internal void CopyTo(int start, Span<long> target) => _cells.CopyTo(start, target);

    /// <summary>The ticks of the given rows, from the <paramref name="first"/> of them on.</summary>
    internal void Gather(IReadOnlyList<int> rows, int first, Span<long> target) => _cells.Gather(rows, first, target);

    internal override TableColumn Take(IReadOnlyList<int> rows) => new DateColumn(Name, _cells.Take(rows), Type);

    /// <inheritdoc/>
    protected override int CountMissing() => Ticks.Count(t => t == Missing);

    private long TicksOf(int row)
    {
        var cell = 0L;
        _cells.CopyTo(row, new Span<long>(ref cell));
        return cell;
    }

    private sealed class PartCells(ColumnCells<long> dates, Func<DateTime, float> part) : ColumnCells<float>
    {
        private const int BlockCells = 16 * 1024;

        public override int Count => dates.Count;

        public override float[] ToArray()
        {
            var all = GC.AllocateUninitializedArray<float>(Count);
            CopyTo(0, all);
            return all;
        }

        public override void CopyTo(int start, Span<float> target)
        {
            var block = new long[Math.Min(BlockCells, target.Length)];
            while (!target.IsEmpty)
            {
                var count = Math.Min(block.Length, target.Length);
                dates.CopyTo(start, block.AsSpan(0, count));
                for (var i = 0; i < count; i++)
                {
                    target[i] = block[i] == Missing ? float.NaN : part(new DateTime(block[i]));
                }

                target = target[count..];
                start += count;
            }
        }
    }
}
