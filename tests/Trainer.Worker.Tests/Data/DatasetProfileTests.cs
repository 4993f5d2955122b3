using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class DatasetProfileTests
{
    [Fact]
    public void Of_NumbersAndTexts_DescribesEach()
    {
        var table = Tables.Of(
            Tables.Numbers("n", 3, 1, float.NaN, 2, 5),
            Tables.Texts("t", "b", "a", null, "b", "a"),
            Tables.Numbers("unused", 1, 2, 3, 4, 5));

        var profile = DatasetProfile.Of(table, ["n", "t"]);

        Assert.Equal(5, profile.Rows);
        Assert.Equal(["n", "t"], profile.Columns.Select(c => c.Name));
        var numbers = profile.Columns[0];
        Assert.Equal((0.2, 4), (numbers.MissingShare, numbers.DistinctCount));
        Assert.Equal((1.0, 5.0, 2.75), (numbers.Numbers!.Minimum, numbers.Numbers.Maximum, numbers.Numbers.Mean));
        // numpy.quantile([1, 2, 3, 5], [0, 0.1, …, 1])
        Assert.Equal([1, 1.3, 1.6, 1.9, 2.2, 2.5, 2.8, 3.2, 3.8, 4.4, 5], numbers.Numbers.Deciles.Select(d => Math.Round(d, 10)));
        Assert.Equal([new ValueCount("a", 2), new ValueCount("b", 2)], profile.Columns[1].TopValues!);
    }

    // 1.3 is no double, and 1.2999999523162842 not what anybody measured.
    [Fact]
    public void Of_Numbers_AreTheShortestThatTheyAreAsFloat32() => Assert.Equal(
        "[0.1,1.3,0.7]", JsonSerializer.Serialize(NumberProfile.Of([0.1f, 1.3f]) is { } n ? new[] { n.Minimum, n.Maximum, n.Mean } : []));

    [Fact]
    public void Of_DatesAndBooleans_DescribesEach()
    {
        var table = Tables.Of(
            Tables.Dates("d", Enumerable.Range(1, 11).Select(i => i == 4 ? null : $"2024-01-{i:00}")),
            Tables.Booleans("b", Enumerable.Range(1, 11).Select(i => i == 1 ? null : (bool?)(i < 4))));

        var columns = DatasetProfile.Of(table, ["d", "b"]).Columns;

        Assert.Equal((ColumnType.Date, 10L), (columns[0].Type, columns[0].DistinctCount));
        Assert.Equal(("2024-01-01", "2024-01-11"), (columns[0].Dates!.Minimum, columns[0].Dates!.Maximum));
        Assert.Equal("2024-01-06", columns[0].Dates!.Deciles[5]);
        Assert.Equal(10, columns[0].Dates!.Histogram.Sum());
        Assert.Equal(ColumnType.Boolean, columns[1].Type);
        Assert.Equal([new ValueCount("false", 8), new ValueCount("true", 2)], columns[1].TopValues!);
        Assert.Null(columns[1].Numbers);
    }

    [Fact]
    public void Of_ColumnWithoutNumbers_HasNoDistribution() => Assert.Null(NumberProfile.Of([float.NaN]));
}
