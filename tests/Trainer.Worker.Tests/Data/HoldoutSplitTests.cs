using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class HoldoutSplitTests
{
    private static readonly SplitDefinition Split = new("iris", ["a", "t"]);

    [Fact]
    public void Assign_ManyRows_HoldsOutAboutTheShare()
    {
        var held = HoldoutSplit.Assign(Table(Enumerable.Range(0, 10_000).Select(i => (float)i)), Split);
        Assert.InRange(held.Count(h => h), 1850, 2150);
    }

    [Fact]
    public void Assign_EqualRows_StayOnOneSide()
    {
        var held = HoldoutSplit.Assign(Table(Enumerable.Range(0, 1000).Select(i => (float)(i % 50))), Split);
        Assert.All(Enumerable.Range(50, 950), i => Assert.Equal(held[i % 50], held[i]));
        Assert.Contains(true, held);
        Assert.Contains(false, held);
    }

    [Fact]
    public void Assign_RowsAddedColumnsAddedAndReordered_KeepsEachRowsSide()
    {
        var first = HoldoutSplit.Assign(Table(Enumerable.Range(0, 100).Select(i => (float)i)), Split);
        var later = HoldoutSplit.Assign(
            Tables.Of(
                Tables.Texts("new", Enumerable.Repeat<string?>("x", 200)),
                Tables.Texts("t", Enumerable.Repeat<string?>("same", 200)),
                Tables.Numbers("a", Enumerable.Range(0, 200).Select(i => 199f - i))),
            Split);
        Assert.Equal(first, Enumerable.Range(0, 100).Select(i => later[199 - i]));
    }

    // A value keeps its side when its column turns from numbers to text: 1, 1.0 and 1e0 are one value.
    [Fact]
    public void Assign_NumberAsNumberAndAsText_AreOneValue()
    {
        var numbers = Enumerable.Range(0, 300).Select(i => i / 8f).ToArray();
        var asText = Tables.Of(
            Tables.Texts("a", numbers.Select(n => $"{n:0.0000}")),
            Tables.Texts("t", Enumerable.Repeat<string?>("same", 300)));
        Assert.Equal(HoldoutSplit.Assign(Table(numbers), Split), HoldoutSplit.Assign(asText, Split));
        Assert.Equal(
            HoldoutSplit.Assign(Table(Enumerable.Repeat(0f, 1)), Split), HoldoutSplit.Assign(Table(Enumerable.Repeat(-0f, 1)), Split));
    }

    [Fact]
    public void Assign_MissingCell_IsAValueOfItsOwn()
    {
        var salts = Enumerable.Range(0, 200).Select(i => new SplitDefinition($"salt{i}", ["a"])).ToList();
        bool Differ(float one, string? other) => salts.Any(s =>
            HoldoutSplit.Assign(Tables.Of(Tables.Numbers("a", one)), s)[0] != HoldoutSplit.Assign(Tables.Of(Tables.Texts("a", other)), s)[0]);
        Assert.False(Differ(float.NaN, null));
        Assert.True(Differ(0, null));
        Assert.True(Differ(float.NaN, "x"));
    }

    [Fact]
    public void IdOf_SplitDefinition_IsStableAndTellsSplitsApart()
    {
        // Written into manifests: this value (SHA-256 computed apart, in Python) must never change.
        Assert.Equal("2b613154d0f78ffba99afa83ab65e9a5", HoldoutSplit.IdOf(Split));
        string[] ids =
        [
            HoldoutSplit.IdOf(Split),
            HoldoutSplit.IdOf(Split with { Salt = "wine" }),
            HoldoutSplit.IdOf(Split with { Columns = ["t", "a"] }),
            HoldoutSplit.IdOf(Split with { Columns = ["at"] }),
            HoldoutSplit.IdOf(Split with { HoldoutShare = 0.25 }),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    private static DatasetTable Table(IEnumerable<float> a)
    {
        var values = a.ToArray();
        return Tables.Of(Tables.Numbers("a", values), Tables.Texts("t", Enumerable.Repeat<string?>("same", values.Length)));
    }
}
