using System.Runtime.InteropServices;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// The memory that a load needs for a moment, outside the collected heap: a dozen arrays as long as the forest has nodes would bring
/// on full collections, for which every request waits. Freed with the arena, at once.
/// </summary>
internal sealed unsafe class LoadArena : IDisposable
{
    private readonly List<nint> _blocks = [];

    ~LoadArena() => Free();

    /// <summary>An array of zeros that lives as long as the arena.</summary>
    public LoadArray<T> Take<T>(int length)
        where T : unmanaged
    {
        if (length == 0)
        {
            return default;
        }

        var block = NativeMemory.AllocZeroed((nuint)length, (nuint)sizeof(T));
        _blocks.Add((nint)block);
        return new LoadArray<T>((T*)block, length);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        _blocks.Clear();
    }
}

/// <summary>
/// An array in a <see cref="LoadArena"/>; valid until that is disposed of. Loops go through its span: code compiled ahead of time has
/// the spans of numbers inside it, and would call a method of this type, to be compiled at a process's first load.
/// </summary>
internal readonly unsafe struct LoadArray<T>(T* start, int length)
    where T : unmanaged
{
    public int Length { get; } = length;

    /// <summary>The first of it.</summary>
    public LoadArray<T> First(int count) => new(start, Math.Min(count, Length));

    public Span<T> AsSpan() => new(start, Length);
}
