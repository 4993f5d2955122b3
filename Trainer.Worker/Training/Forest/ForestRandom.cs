using System.Numerics;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2019), seeded by SplitMix64 as its
/// authors advise. A struct of our own because <see cref="Random"/> promises no sequence across runtime versions, and a
/// model must be the same bytes for the same seed.
/// </summary>
internal struct ForestRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A stream of its own for each (seed, stream): trees do not depend on which thread grows them, or when.</summary>
    public ForestRandom(ulong seed, ulong stream)
    {
        var state = seed ^ (stream * 0xD1342543DE82EF95);
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s0 + _s3, 23) + _s0;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>
    /// An integer in [0, bound), by Lemire's multiplication without the rejection step: the bias is below bound / 2^32, far
    /// under what any forest could show.
    /// </summary>
    public int Next(int bound) => (int)(((NextUInt64() >> 32) * (ulong)bound) >> 32);

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
