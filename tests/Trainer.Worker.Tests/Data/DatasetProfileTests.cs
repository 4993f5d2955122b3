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

    [Fact]
    public void Of_ColumnWithoutNumbers_HasNoDistribution() => Assert.Null(NumberProfile.Of([float.NaN]));
}
