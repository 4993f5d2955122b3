using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Tests.Training.Forest;

public sealed class FeatureBinnerTests
{
    [Fact]
    public void Bin_FewDistinctValues_KeepsABinForEach()
    {
        float[] values = [3, -0f, 1.5f, 0, float.NaN, 3];
        var bins = new byte[values.Length];

        var edges = FeatureBinner.Bin(values, bins);

        Assert.Equal([0, 1.5f, 3], edges.High);
        Assert.Equal([2, 0, 1, 0, BinEdges.Missing, 2], bins);
        Assert.True(edges.HasMissing);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(5_000)]
    [InlineData(450_000)]
    public void Bin_ManyDistinctValues_BinsAreOrderedFullAndNearlyEven(int rows)
    {
        var random = new Random(7);
        var values = new float[rows];
        for (var i = 0; i < rows; i++)
        {
            // Heavy tails: equal widths would put nearly all of them into one bin.
            values[i] = MathF.Exp(6 * random.NextSingle()) * (random.Next(2) == 0 ? 1 : -1);
        }

        var bins = new byte[rows];
        var edges = FeatureBinner.Bin(values, bins);

        Assert.InRange(edges.Count, 200, BinEdges.MaxBins);
        for (var i = 0; i < rows; i++)
        {
            Assert.InRange(values[i], edges.Low[bins[i]], edges.High[bins[i]]);
        }

        for (var b = 1; b < edges.Count; b++)
        {
            Assert.True(edges.High[b - 1] < edges.Low[b]);
        }

        var largest = bins.CountBy(b => b).Max(g => g.Value);
        Assert.InRange(largest, 1, (3 * rows / edges.Count) + 2);
    }

    [Fact]
    public void Threshold_EveryCut_SendsValuesWhereTheirBinsGo()
    {
        float[] values = [1, MathF.BitIncrement(1), 2, float.MaxValue, -float.MaxValue];
        var edges = FeatureBinner.Bin(values, new byte[values.Length]);

        for (var cut = 0; cut < edges.Count; cut++)
        {
            var threshold = edges.Threshold(cut);
            for (var bin = 0; bin < edges.Count; bin++)
            {
                Assert.Equal(bin <= cut, edges.Low[bin] <= threshold);
            }
        }
    }
}
