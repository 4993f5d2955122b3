using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class FeatureSelectionTests
{
    private static readonly DatasetTable Table = Tables.Of(
        Tables.Numbers("row", Enumerable.Range(100, 20).Select(i => (float)i)),
        Tables.Numbers("constant", Enumerable.Repeat(3f, 20)),
        Tables.Texts("empty", Enumerable.Repeat<string?>(null, 20)),
        Tables.Texts("id", Enumerable.Range(0, 20).Select(i => $"N{i / 2}")),
        Tables.Texts("category", Enumerable.Range(0, 20).Select(i => $"c{i % 3}")),
        Tables.Texts("sparse", Enumerable.Range(0, 20).Select(i => i == 7 ? "only" : null)),
        Tables.Numbers("number", Enumerable.Range(0, 20).Select(i => i * 0.5f)));

    [Fact]
    public void Select_NothingNamed_LeavesOutWhatCannotHelpAndSaysSo()
    {
        var warnings = new List<string>();
        Assert.Equal(["category", "sparse", "number"], Select(warnings));
        Assert.Equal(
            [
                "Left out because it numbers the rows: 'row'.",
                "Left out because it has the same value in every row: 'constant'.",
                "Left out because it has no value in any row: 'empty'.",
                "Left out because its text differs in nearly every row (ids or free text; 'include' keeps it): 'id'.",
            ],
            warnings);
    }

    [Fact]
    public void Select_NamedColumns_StayUnlessEmpty() =>
        Assert.Equal(["row", "constant", "id", "category", "sparse", "number"], Select([], "row", "constant", "empty", "id"));

    [Fact]
    public void Select_NothingLeft_SaysWhy()
    {
        var choice = new ColumnChoice("y", ["row", "id"], new HashSet<string>());
        var fault = Assert.Throws<InvalidInputException>(() => FeatureSelection.Select(Table, choice, []));
        Assert.Contains("'row'", fault.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Select(List<string> warnings, params string[] named) => FeatureSelection
        .Select(Table, new ColumnChoice("y", [.. Table.Columns.Select(c => c.Name)], named.ToHashSet()), warnings)
        .Select(c => c.Name);
}
