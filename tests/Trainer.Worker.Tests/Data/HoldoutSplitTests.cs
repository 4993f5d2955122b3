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

    // Another side for one row, and a version would be measured on what its champion has seen: these sides (computed apart, in Python)
    // must never change.
    [Fact]
    public void Assign_KnownRows_AreOnTheSidesTheyAlwaysWere()
    {
        var rows = Enumerable.Range(0, 64).ToList();
        var start = new DateTime(2024, 1, 1);
        string? Text(int i) => i % 7 == 3 ? null : string.Concat(Enumerable.Repeat("äb", i % 5)) + "c";
        bool? Flag(int i) => i % 6 == 5 ? null : i % 2 == 1;
        string? Day(int i) => i % 8 == 2 ? null : start.AddDays(i).ToString("yyyy-MM-dd", null) + (i % 3 == 0 ? "T06:30:00" : "");
        var table = Tables.Of(
            Tables.Numbers("a", rows.Select(i => i % 9 == 4 ? float.NaN : i / 8f)), Tables.Texts("t", rows.Select(Text)),
            Tables.Booleans("f", rows.Select(Flag)), Tables.Dates("d", rows.Select(Day)));
        var asTexts = Tables.Of(
            table["a"], table["t"], Tables.Texts("f", rows.Select(i => Flag(i)?.ToString())),
            Tables.Texts("d", rows.Select(i => Day(i)?.Replace("T06:30:00", " 07:30+01", StringComparison.Ordinal))));
        var split = new SplitDefinition("iris", ["a", "t", "f", "d"]);
        const string known = "0100010000110000100000000100000001101000000000010000110000000100";

        Assert.Equal(known, Sides(HoldoutSplit.Assign(table, split)));
        // Dates and booleans keep their sides when a column turns into one of texts.
        Assert.Equal(known, Sides(HoldoutSplit.Assign(asTexts, split)));
        Assert.Equal(
            "1000000100000000100100011000001101111001",
            Sides(HoldoutSplit.Assign(Tables.Of(Tables.Texts("g", Enumerable.Range(0, 40).Select(i => $"g{i}"))), new SplitDefinition("iris", ["g"], 0.3) { By = SplitKind.Group })));
    }

    [Fact]
    public void IdOf_SplitDefinition_IsStableAndTellsSplitsApart()
    {
        // Written into manifests: this value (SHA-256 computed apart, in Python) must never change.
        Assert.Equal("2b613154d0f78ffba99afa83ab65e9a5", HoldoutSplit.IdOf(Split));
        Assert.Equal("fd4da569acfe648fcdf5ed3b9cf6e93c", HoldoutSplit.IdOf(new SplitDefinition("iris", ["a"]) { By = SplitKind.Time }));
        Assert.Equal("6a9c92c28322f7c9aa012a61e9597d4f", HoldoutSplit.IdOf(new SplitDefinition("iris", ["a"]) { By = SplitKind.Group }));
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

    private static string Sides(bool[] held) => string.Concat(held.Select(h => h ? '1' : '0'));

    private static DatasetTable Table(IEnumerable<float> a)
    {
        var values = a.ToArray();
        return Tables.Of(Tables.Numbers("a", values), Tables.Texts("t", Enumerable.Repeat<string?>("same", values.Length)));
    }
}
