using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class TargetTests
{
    // ML.NET takes the order of appearance; here it is never that.
    [Theory]
    [InlineData("virginica setosa versicolor", null, "setosa versicolor virginica")]
    [InlineData("10 9 2 -1", null, "-1 2 9 10")]
    [InlineData("2.0 1.0 10.0", null, "1.0 2.0 10.0")]
    [InlineData("b a B", null, "B a b")]
    [InlineData("1 x 10 9", null, "1 10 9 x")]
    [InlineData("low high", "low middle high", "low middle high")]
    [InlineData("0.5 1.5", "1.5 0.5", "1.5 0.5")]
    public void Read_AnyOrderOfAppearance_GivesTheDeclaredOrder(string appearing, string? declared, string expected)
    {
        var values = appearing.Split(' ');
        var column = Tables.Texts("y", Enumerable.Range(0, 12).Select(i => values[i % values.Length]));
        var labels = Assert.IsType<ClassTarget>(TargetReading.Read(column, new DatasetSchema("y", Classes: declared?.Split(' '))));
        Assert.Equal(expected.Split(' '), labels.Classes);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => values[i % values.Length]), labels.Indexes.Select(i => labels.Classes[i]));
    }

    [Fact]
    public void Read_OneClass_IsAFault() => AssertFault("Every row has the same label 'a'", Enumerable.Repeat("a", 12));

    [Fact]
    public void Read_NineRows_IsAFault() => AssertFault("The data has 9 rows with a label", Enumerable.Range(0, 9).Select(i => $"{i % 2}"));

    [Theory]
    [InlineData("1.5 2 3")]
    [InlineData("-0.25 1e2 7 9 11")]
    public void Read_NumbersWithAFraction_AreANumber(string values) => Assert.IsType<NumberTarget>(Read(values.Split(' '), 12));

    [Fact]
    public void Read_MoreWholeNumbersThanClasses_AreANumber()
    {
        Assert.IsType<ClassTarget>(Read([.. Enumerable.Range(0, 30).Select(i => $"{i}")], 60));
        var number = Assert.IsType<NumberTarget>(Read([.. Enumerable.Range(0, 31).Select(i => $"{i}")], 62));
        Assert.Equal(Enumerable.Range(0, 62).Select(i => i % 31f), number.Values);
    }

    [Theory]
    [InlineData("0.5 1")]
    [InlineData("1.0 2.0 3.0")]
    [InlineData("1 2 a")]
    public void Read_TwoValuesWholeNumbersOrTexts_AreClasses(string values) => Assert.IsType<ClassTarget>(Read(values.Split(' '), 12));

    [Fact]
    public void Read_KindIsSaid_IsThatKind()
    {
        Assert.IsType<NumberTarget>(Read(["1", "2"], 12, new DatasetSchema("y", Target: TargetKind.Number)));
        Assert.IsType<ClassTarget>(Read(["1.5", "2.5", "3.5"], 12, new DatasetSchema("y", Target: TargetKind.Classes)));
    }

    [Fact]
    public void Read_TextWhereANumberIsSaid_NamesIt() => Assert.Contains(
        "is to be a number (target: number) and has 'high'",
        Assert.Throws<InvalidInputException>(
            () => Read(["1", "high"], 12, new DatasetSchema("y", Target: TargetKind.Number))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Read_ManyNumbersSaidToBeClasses_NamesTheBound() =>
        AssertFault("or train a number", Enumerable.Range(0, 1001).Select(i => $"{i}"), kind: TargetKind.Classes);

    [Fact]
    public void Read_ManyTexts_SaysThatItMayBeAnId() =>
        AssertFault("at most 1000 classes", Enumerable.Range(0, 1001).Select(i => $"n{i}"));

    [Fact]
    public void Read_ClassNotDeclared_NamesIt() => AssertFault(
        "Column 'y' has 'c', which the schema's 'classes' do not name; they are 'a', 'b'",
        Enumerable.Range(0, 12).Select(i => "abc"[i % 3].ToString()),
        ["a", "b"]);

    [Fact]
    public void Read_ClassDeclaredTwice_NamesIt() =>
        AssertFault("name 'a' twice", Enumerable.Range(0, 12).Select(i => "ab"[i % 2].ToString()), ["a", "b", "a"]);

    private static Target Read(string[] values, int rows, DatasetSchema? schema = null) => TargetReading.Read(
        Tables.Texts("y", Enumerable.Range(0, rows).Select(i => values[i % values.Length])), schema ?? new DatasetSchema("y"));

    private static void AssertFault(
        string expected, IEnumerable<string> labels, string[]? declared = null, TargetKind? kind = null) => Assert.Contains(
        expected,
        Assert.Throws<InvalidInputException>(() => TargetReading.Read(Tables.Texts("y", labels), new DatasetSchema("y", Classes: declared, Target: kind))).Message,
        StringComparison.Ordinal);
}
