using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class TimeSplitTests
{
    private static readonly SplitDefinition ByTime = new("d", ["t"]) { By = SplitKind.Time };

    [Fact]
    public void Assign_Dates_HoldsOutTheLatestFifth()
    {
        var start = new DateTime(2024, 1, 1);
        var days = Enumerable.Range(0, 100).Select(i => start.AddDays(i * 37 % 100)).ToList();
        var (held, cut) = TimeSplit.Assign(Tables.Of(Tables.Dates("t", days.Select(d => $"{d:yyyy-MM-dd}"))), ByTime, []);

        Assert.Equal("2024-03-21", cut);
        Assert.Equal(20, held.Count(h => h));
        Assert.Equal(days.Select(d => d >= new DateTime(2024, 3, 21)), held);
    }

    // Rows of one time would otherwise tell the training what comes.
    [Theory]
    [InlineData("1 2 3 4 5 6 7 8 8 8", 8, 3)]
    [InlineData("1 2 3 4 5 6 7 7 7 8", 8, 1)]
    [InlineData("1 1 1 1 1 1 1 1 1 2", 2, 1)]
    [InlineData("1 2 2 2 2 2 2 2 2 2", 2, 9)]
    [InlineData("-3 -2 -1.5 -1 -0 0 1 1 2 3", 2, 2)]
    public void Assign_Ties_StayOnOneSideNearTheShare(string times, float cut, int heldOut)
    {
        var values = times.Split(' ').Select(t => float.Parse(t, null)).ToArray();
        var (held, found) = TimeSplit.Assign(Tables.Of(Tables.Numbers("t", values)), ByTime, []);
        Assert.Equal($"{cut}", found);
        Assert.Equal(values.Select(v => v >= cut), held);
        Assert.Equal(heldOut, held.Count(h => h));
    }

    [Fact]
    public void Assign_RowsWithoutATime_AreTrainedOnAndCounted()
    {
        var warnings = new List<string>();
        var (held, _) = TimeSplit.Assign(Tables.Of(Tables.Numbers("t", 5, float.NaN, 4, 3, 2, 1)), ByTime, warnings);
        Assert.Equal([true, false, false, false, false, false], held);
        Assert.Equal(["1 rows have no time in column 't'; they are trained on."], warnings);
    }

    [Fact]
    public void Assign_NoTimes_IsAFault()
    {
        Assert.Contains("column 't' is text; expected dates", Fault(Tables.Texts("t", "a", "b")), StringComparison.Ordinal);
        Assert.Contains("column 't' is boolean; expected dates", Fault(Tables.Booleans("t", true, false)), StringComparison.Ordinal);
        Assert.Contains("has not two different values", Fault(Tables.Numbers("t", 1, 1, float.NaN)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2024-01-05", "2024-01-06", false)]
    [InlineData("2024-01-06", "2024-01-06", false)]
    [InlineData("2024-01-06T00:00:01", "2024-01-06", true)]
    [InlineData("2024-01-07", "2024-01-06T10:00:00", true)]
    [InlineData("9", "10", false)]
    [InlineData("11", "10", true)]
    [InlineData("11", "2024-01-06", true)]
    [InlineData(null, "10", true)]
    public void IsLater_Cuts_AreComparedAsWhatTheyAre(string? cut, string other, bool expected) => Assert.Equal(expected, TimeSplit.IsLater(cut, other));

    private static string Fault(TableColumn column) =>
        Assert.Throws<InvalidInputException>(() => TimeSplit.Assign(Tables.Of(column), ByTime, [])).Message;
}
