using System.Diagnostics;

namespace Analytics.Benchmarks.Load;

/// <summary>
/// Every answer of a run and the count of what was not answered. One thread writes; any thread may read what
/// <see cref="Count"/> covers meanwhile.
/// </summary>
internal sealed class LoadLog
{
    private const int ChunkSize = 1 << 16;
    private const int MaxChunks = 1 << 12;
    private const int KeptRefusals = 10;

    private readonly LoadAnswer[]?[] _chunks = new LoadAnswer[MaxChunks][];
    private long _count;
    private long _broken;
    private long _refusedConnections;
    private long _failed;

    /// <summary>When the run began, as a <see cref="Stopwatch"/> time stamp.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    /// <summary>Answers so far, of any status.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Answers so far whose status was not 200.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Requests sent whose connection ended before the answer: whether the server acted on them is unknown.</summary>
    public long Broken => Volatile.Read(ref _broken);

    /// <summary>Attempts to connect that were refused.</summary>
    public long RefusedConnections => Volatile.Read(ref _refusedConnections);

    /// <summary>The first answers that were not 200, for people.</summary>
    public List<string> Refusals { get; } = [];

    /// <summary>What was predicted, where the plan wants it kept. Read it after the run.</summary>
    public Dictionary<(int Request, int Version, int Content), byte[]> Contents { get; } = [];

    /// <summary>An answer, by its place in the order of ends.</summary>
    public LoadAnswer this[long index] => _chunks[index / ChunkSize]![index % ChunkSize];

    /// <summary>The answers so far, in the order of ends.</summary>
    public IEnumerable<LoadAnswer> Answers()
    {
        var count = Count;
        for (var i = 0L; i < count; i++)
        {
            yield return this[i];
        }
    }

    /// <summary>A time stamp as microseconds of this run.</summary>
    public uint Microseconds(long timestamp) => checked((uint)((timestamp - Start) / (Stopwatch.Frequency / 1_000_000)));

    public void Add(in LoadAnswer answer)
    {
        var chunk = _count / ChunkSize;
        (_chunks[chunk] ??= new LoadAnswer[ChunkSize])[_count % ChunkSize] = answer;
        if (answer.Status != 200)
        {
            Volatile.Write(ref _failed, _failed + 1);
        }

        Volatile.Write(ref _count, _count + 1);
    }

    public void AddBroken() => Volatile.Write(ref _broken, _broken + 1);

    public void AddRefusedConnection() => Volatile.Write(ref _refusedConnections, _refusedConnections + 1);

    public void KeepRefusal(int status, string body)
    {
        if (Refusals.Count < KeptRefusals)
        {
            Refusals.Add($"{status}: {body}");
        }
    }
}
