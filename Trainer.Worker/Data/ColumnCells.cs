using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Trainer.Worker.Data;

/// <summary>The cells of a column, in memory or in a file. Safe for any number of readers.</summary>
/// <typeparam name="T">float for numbers, int for codes, long for dates.</typeparam>
internal abstract class ColumnCells<T>
    where T : unmanaged
{
    // Rows that lie closer together than this many cells are read in one go.
    private const int CellsPerRowRead = 256;

    /// <summary>The number of cells.</summary>
    public abstract int Count { get; }

    /// <summary>All cells: the array itself in memory; from a file a new one each time, to be used and forgotten.</summary>
    public abstract T[] ToArray();

    /// <summary>Copies the cells from <paramref name="start"/> on.</summary>
    public abstract void CopyTo(int start, Span<T> target);

    /// <summary>The cells of the given rows, from the <paramref name="first"/> of them on; best where they ascend.</summary>
    public void Gather(IReadOnlyList<int> rows, int first, Span<T> target)
    {
        var (low, high) = (int.MaxValue, 0);
        for (var i = 0; i < target.Length; i++)
        {
            low = Math.Min(low, rows[first + i]);
            high = Math.Max(high, rows[first + i]);
        }

        if (target.IsEmpty)
        {
            return;
        }

        if ((long)high - low + 1 <= (long)target.Length * CellsPerRowRead)
        {
            var segment = new T[high - low + 1];
            CopyTo(low, segment);
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = segment[rows[first + i] - low];
            }
        }
        else
        {
            for (var i = 0; i < target.Length; i++)
            {
                CopyTo(rows[first + i], target.Slice(i, 1));
            }
        }
    }

    /// <summary>The cells of the given rows, in memory.</summary>
    public ColumnCells<T> Take(IReadOnlyList<int> rows)
    {
        var taken = new T[rows.Count];
        Gather(rows, 0, taken);
        return Of(taken);
    }

    /// <summary>Cells in memory.</summary>
    public static ColumnCells<T> Of(T[] cells) => new Memory(cells);

    /// <summary>Cells in a file, which is removed when it is closed.</summary>
    public static ColumnCells<T> In(string path, int count) => new OnDisk(path, count);

    private sealed class Memory(T[] cells) : ColumnCells<T>
    {
        public override int Count => cells.Length;

        public override T[] ToArray() => cells;

        public override void CopyTo(int start, Span<T> target) => cells.AsSpan(start, target.Length).CopyTo(target);
    }

    private sealed class OnDisk(string path, int count) : ColumnCells<T>
    {
        // The handle lives as long as the column, which is the attempt: the folder goes with it.
        private readonly SafeFileHandle _file = File.OpenHandle(path, options: FileOptions.RandomAccess);

        public override int Count => count;

        public override T[] ToArray()
        {
            var all = GC.AllocateUninitializedArray<T>(count);
            CopyTo(0, all);
            return all;
        }

        public override void CopyTo(int start, Span<T> target)
        {
            var bytes = MemoryMarshal.AsBytes(target);
            var offset = (long)start * Marshal.SizeOf<T>();
            while (!bytes.IsEmpty)
            {
                var read = RandomAccess.Read(_file, bytes, offset);
                if (read == 0)
                {
                    throw new EndOfStreamException($"{path}: expected {count} cells, found the end at byte {offset}.");
                }

                bytes = bytes[read..];
                offset += read;
            }
        }
    }
}

/// <summary>Collects the cells of a column: in memory, or in a file where a folder is given.</summary>
internal sealed class CellWriter<T> : IDisposable
    where T : unmanaged
{
    private const int BlockCells = 32 * 1024;

    private readonly string? _path;
    private readonly FileStream? _file;
    private T[] _cells;
    private int _used;

    public CellWriter(string? path, int rows)
    {
        _path = path;
        _file = path is null ? null : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        _cells = new T[path is null ? rows : BlockCells];
    }

    public int Count { get; private set; }

    public void Add(T cell)
    {
        if (_used == _cells.Length)
        {
            MakeRoom();
        }

        _cells[_used++] = cell;
        Count++;
    }

    public ColumnCells<T> Finish()
    {
        if (_file is null)
        {
            Array.Resize(ref _cells, _used);
            return ColumnCells<T>.Of(_cells);
        }

        MakeRoom();
        _file.Dispose();
        return ColumnCells<T>.In(_path!, Count);
    }

    public void Dispose() => _file?.Dispose();

    private void MakeRoom()
    {
        if (_file is null)
        {
            Array.Resize(ref _cells, Math.Max(16, checked(_cells.Length * 2)));
            return;
        }

        _file.Write(MemoryMarshal.AsBytes(_cells.AsSpan(0, _used)));
        _used = 0;
    }
}
