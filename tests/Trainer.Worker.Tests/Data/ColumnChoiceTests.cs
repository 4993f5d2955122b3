using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class ColumnChoiceTests
{
    private static readonly string[] Header = ["id", "a", "b", "y"];

    [Fact]
    public void For_NoHints_TakesAllButTheLabel() =>
        Assert.Equal(["id", "a", "b"], ColumnChoice.For(Header, new DatasetSchema("y")).Candidates);

    [Fact]
    public void For_IncludeAndExclude_KeepsFileOrderAndNeverTheLabel()
    {
        var choice = ColumnChoice.For(Header, new DatasetSchema("y", Include: ["b", "y", "a", "id"], Exclude: ["id"]));
        Assert.Equal(["a", "b"], choice.Candidates);
    }

    public static TheoryData<DatasetSchema, string> Faults => new()
    {
        { new DatasetSchema(), "No label column is given" },
        { new DatasetSchema("species"), "'label' names 'species', which the data does not have; it has 'id', 'a', 'b', 'y'" },
        { new DatasetSchema("y", Include: ["a", "c"]), "'include' names 'c'" },
        { new DatasetSchema("y", Exclude: ["A"]), "'exclude' names 'A'" },
        { new DatasetSchema("y", Text: ["z"]), "'text' names 'z'" },
        { new DatasetSchema("y", Include: ["a"], Exclude: ["a"]), "No column is left to learn from" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void For_UnknownColumn_NamesItAndTheColumnsThereAre(DatasetSchema schema, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => ColumnChoice.For(Header, schema)).Message, StringComparison.Ordinal);
}
