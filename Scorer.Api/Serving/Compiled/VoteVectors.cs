namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// The different vectors of votes that leaves have, one after the other. Most leaves of a classifier share a few. Two leaves that
/// give the same in another order may have one each.
/// </summary>
internal sealed class VoteVectors(int width)
{
    private readonly float[] _vector = new float[width];
    private float[] _all = new float[width * 16];
    private int[] _hashes = new int[16];

    // By hash a vector's number, from 1; 0 is free. Open addressing: a key object for each leaf would be most of the work.
    private int[] _places = new int[1024];
    private int _count;

    public ReadOnlySpan<float> All => _all.AsSpan(0, _count * width);

    /// <summary>Where in <see cref="All"/> the vector of these votes starts.</summary>
    public int PlaceOf(ReadOnlySpan<int> output, ReadOnlySpan<float> weight)
    {
        Array.Clear(_vector);
        // FNV-1a (Fowler, Noll and Vo) by words, folded: the low bits of most floats are the same.
        var hash = 2166136261u;
        for (var i = 0; i < output.Length; i++)
        {
            _vector[output[i]] += weight[i];
            hash = (hash ^ (uint)output[i]) * 16777619u;
            hash = (hash ^ BitConverter.SingleToUInt32Bits(weight[i])) * 16777619u;
            hash ^= hash >> 15;
        }

        var slot = (int)hash & (_places.Length - 1);
        while (_places[slot] is var number and not 0)
        {
            if (_hashes[number - 1] == (int)hash && IsAt((number - 1) * width))
            {
                return (number - 1) * width;
            }

            slot = (slot + 1) & (_places.Length - 1);
        }

        _places[slot] = _count + 1;
        return Append((int)hash);
    }

    private int Append(int hash)
    {
        if (_count == _hashes.Length)
        {
            Array.Resize(ref _hashes, _count * 2);
            Array.Resize(ref _all, _all.Length * 2);
        }

        var place = _count * width;
        _hashes[_count++] = hash;
        Array.Copy(_vector, 0, _all, place, width);
        if (_count * 2 > _places.Length)
        {
            _places = new int[_places.Length * 2];
            for (var i = 0; i < _count; i++)
            {
                var slot = _hashes[i] & (_places.Length - 1);
                while (_places[slot] != 0)
                {
                    slot = (slot + 1) & (_places.Length - 1);
                }

                _places[slot] = i + 1;
            }
        }

        return place;
    }

    // Equal by their bits.
    private bool IsAt(int place)
    {
        for (var i = 0; i < _vector.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(_all[place + i]) != BitConverter.SingleToInt32Bits(_vector[i]))
            {
                return false;
            }
        }

        return true;
    }
}
