using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class SplitRulesTests
{
    private static readonly IReadOnlyList<TableColumn> Inputs = [Tables.Numbers("a", 1), Tables.Numbers("b", 2)];

    [Fact]
    public void Choose_NothingAsked_IsTheDataSetsOwnElseByHash()
    {
        var known = new SplitDefinition("old", ["x"], 0.3) { By = SplitKind.Group };
        Assert.Same(known, SplitRules.Choose("d", null, known, Inputs));
        var made = SplitRules.Choose("d", null, null, Inputs);
        Assert.Equal(("d", SplitKind.Hash, 0.2), (made.Salt, made.By, made.HoldoutShare));
        Assert.Equal(["a", "b"], made.Columns);
    }

    [Fact]
    public void Choose_Asked_IsThatAndTheSameEachTime()
    {
        var known = new SplitDefinition("old", ["x"]);
        var byTime = SplitRules.Choose("d", new SplitChoice("time", "t", 0.25), known, Inputs);
        Assert.Equal(("old", SplitKind.Time, 0.25, "t"), (byTime.Salt, byTime.By, byTime.HoldoutShare, Assert.Single(byTime.Columns)));
        // A wider hash split holds out what the narrower does, and more.
        Assert.Equal(["x"], SplitRules.Choose("d", new SplitChoice("hash", null, 0.3), known, Inputs).Columns);
        Assert.Equal(HoldoutSplit.IdOf(known), HoldoutSplit.IdOf(SplitRules.Choose("d", new SplitChoice("hash"), known, Inputs)));
    }

    [Theory]
    [InlineData("day", "t", null, "'split.by' is hash, time or group; found 'day'.")]
    [InlineData("", null, 0.2, "'split.by' is hash, time or group; found ''.")]
    [InlineData("time", null, null, "'split.column' is missing: name the column of the times.")]
    [InlineData("group", "", null, "'split.column' is missing: name the column of the groups.")]
    [InlineData("hash", "t", null, "'split.column' is for time and group; by hash all columns count. Found 't'.")]
    [InlineData("group", "t", 0.6, "'split.share' is a number from 0.05 to 0.5; found 0.6.")]
    [InlineData("group", "t", 0.2, null)]
    public void FindFault_Choice_SaysWhat(string by, string? column, double? share, string? expected) =>
        Assert.Equal(expected, SplitRules.FindFault(new SplitChoice(by, column, share)));
}
