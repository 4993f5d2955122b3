using System.Runtime.InteropServices;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>The different vectors of votes that leaves have, one after the other. Most leaves of a classifier share a few.</summary>
internal sealed class VoteVectors(int width)
{
    private readonly List<float> _all = [];
    private readonly float[] _vector = new float[width];

    // By hash where a vector starts, from 1; 0 is free. Open addressing: a key object for each leaf would be most of the work.
    private int[] _places = new int[1024];

    public ReadOnlySpan<float> All => CollectionsMarshal.AsSpan(_all);

    /// <summary>Where the vector of these votes starts.</summary>
    public int PlaceOf(ReadOnlySpan<Vote> votes)
    {
        Array.Clear(_vector);
        foreach (var (output, weight) in votes)
        {
            _vector[output] += weight;
        }

        var slot = Find(_vector);
        if (_places[slot] == 0)
        {
            _places[slot] = _all.Count + 1;
            _all.AddRange(_vector);
            if (_all.Count / width * 2 > _places.Length)
            {
                Grow();
                slot = Find(_vector);
            }
        }

        return _places[slot] - 1;
    }

    // The slot of an equal vector, or the free one where it belongs. Equal by their bits.
    private int Find(ReadOnlySpan<float> vector)
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes(vector));
        var slot = hash.ToHashCode() & (_places.Length - 1);
        while (_places[slot] != 0
            && !MemoryMarshal.AsBytes(All.Slice(_places[slot] - 1, width)).SequenceEqual(MemoryMarshal.AsBytes(vector)))
        {
            slot = (slot + 1) & (_places.Length - 1);
        }

        return slot;
    }

    private void Grow()
    {
        var old = _places;
        _places = new int[old.Length * 2];
        foreach (var place in old)
        {
            if (place != 0)
            {
                _places[Find(All.Slice(place - 1, width))] = place;
            }
        }
    }
}
