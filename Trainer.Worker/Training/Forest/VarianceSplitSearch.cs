using System.Runtime.Intrinsics;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Splits for numbers by the decrease of variance: maximises (sum of L)^2/L + (sum of R)^2/R. Targets are centred before
/// (by their mean), so that the squares keep their digits.
/// </summary>
internal sealed unsafe class VarianceSplitSearch(float[] targets, double centre, int minLeaf, int stackSize) : SplitSearch
{
    // Weight and weighted sum, bin by bin.
    private readonly double[] _histogram = new double[256 * 2];
    private readonly bool[] _occupied = new bool[256];
    // Weight, sum and sum of squares, place by place.
    private readonly double[] _stack = new double[(stackSize + 1) * 3];
    private double _weight;
    private double _sum;

    public override ulong Pack(int row, ushort draws) => (uint)row | ((ulong)draws << 48);

    public override void SetRoot(ReadOnlySpan<ulong> samples)
    {
        Statistics(0).Clear();
        AddTo(Statistics(0), samples);
    }

    public override bool BeginNode(int slot)
    {
        var statistics = Statistics(slot);
        _weight = statistics[0];
        _sum = statistics[1];
        Best = Split.None;
        // Equal targets leave a residue of rounding only.
        return _weight >= 2 * minLeaf && Residual(statistics) > 1e-9 * statistics[2];
    }

    public override bool Search(int column, byte[] bins, ReadOnlySpan<ulong> samples)
    {
        fixed (double* histogram = _histogram)
        fixed (byte* bin = bins)
        fixed (float* target = targets)
        {
            foreach (var sample in samples)
            {
                var b = bin[(uint)sample];
                double draws = sample >> 48;
                var entry = histogram + (b * 2);
                (Vector128.Load(entry) + Vector128.Create(draws, draws * (target[(uint)sample] - centre))).Store(entry);
                _occupied[b] = true;
            }

            var values = 0;
            foreach (var occupied in _occupied)
            {
                values += occupied ? 1 : 0;
            }

            if (values > 1)
            {
                if (_occupied[BinEdges.Missing])
                {
                    Scan(column, histogram, MissingSide.Left);
                    Scan(column, histogram, MissingSide.Right);
                }
                else
                {
                    Scan(column, histogram, MissingSide.Unknown);
                }
            }

            _histogram.AsSpan().Clear();
            _occupied.AsSpan().Clear();
            return values > 1;
        }
    }

    public override double Divide(int slot, ReadOnlySpan<ulong> child)
    {
        var rest = Statistics(slot);
        var statistics = Statistics(slot + 1);
        statistics.Clear();
        AddTo(statistics, child);
        var before = Residual(rest);
        for (var i = 0; i < 3; i++)
        {
            rest[i] -= statistics[i];
        }

        return before - Residual(rest) - Residual(statistics);
    }

    public override void AddLeaf(TreeBuilder tree, int slot) =>
        tree.AddLeafEntry(0, (float)((Statistics(slot)[1] / Statistics(slot)[0]) + centre));

    private void Scan(int column, double* histogram, MissingSide missing)
    {
        var weight = missing == MissingSide.Left ? histogram[BinEdges.Missing * 2] : 0;
        var sum = missing == MissingSide.Left ? histogram[(BinEdges.Missing * 2) + 1] : 0;
        var best = Best;
        var pending = -1;
        var pendingScore = double.NegativeInfinity;
        for (var b = 0; b < BinEdges.Missing; b++)
        {
            if (!_occupied[b])
            {
                continue;
            }

            if (pendingScore > best.Score)
            {
                best = new Split(column, pendingScore, pending, b, missing);
            }

            weight += histogram[b * 2];
            sum += histogram[(b * 2) + 1];
            pending = b;
            var rest = _weight - weight;
            pendingScore = weight >= minLeaf && rest >= minLeaf
                ? (sum * sum / weight) + ((_sum - sum) * (_sum - sum) / rest)
                : double.NegativeInfinity;
        }

        if (missing == MissingSide.Right && pendingScore > best.Score)
        {
            best = new Split(column, pendingScore, pending, pending, missing);
        }

        Best = best;
    }

    // The sum of squared differences from the mean.
    private static double Residual(ReadOnlySpan<double> statistics) =>
        statistics[0] > 0 ? Math.Max(0, statistics[2] - (statistics[1] * statistics[1] / statistics[0])) : 0;

    private Span<double> Statistics(int slot) => _stack.AsSpan(slot * 3, 3);

    private void AddTo(Span<double> statistics, ReadOnlySpan<ulong> samples)
    {
        foreach (var sample in samples)
        {
            double draws = sample >> 48;
            var target = targets[(uint)sample] - centre;
            statistics[0] += draws;
            statistics[1] += draws * target;
            statistics[2] += draws * target * target;
        }
    }
}
