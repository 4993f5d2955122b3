using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class ClassLabelsTests
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
    public void From_AnyOrderOfAppearance_GivesTheDeclaredOrder(string appearing, string? declared, string expected)
    {
        var values = appearing.Split(' ');
        var column = Tables.Texts("y", Enumerable.Range(0, 12).Select(i => values[i % values.Length]));
        var labels = ClassLabels.From(column, declared?.Split(' '));
        Assert.Equal(expected.Split(' '), labels.Classes);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => values[i % values.Length]), labels.Indexes.Select(i => labels.Classes[i]));
    }

    [Fact]
    public void From_OneClass_IsAFault() => AssertFault("Every row has the same label 'a'", Enumerable.Repeat("a", 12));

    [Fact]
    public void From_NineRows_IsAFault() => AssertFault("The data has 9 rows with a label", Enumerable.Range(0, 9).Select(i => $"{i % 2}"));

    [Fact]
    public void From_FractionalNumbers_SaysThatItIsANumberToPredict() =>
        AssertFault("looks like a number to predict", Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? "1.5" : "2"));

    [Fact]
    public void From_ManyWholeNumbers_SaysThatItIsANumberToPredict() =>
        AssertFault("looks like a number to predict", Enumerable.Range(0, 1001).Select(i => $"{i}"));

    [Fact]
    public void From_ManyTexts_SaysThatItMayBeAnId() =>
        AssertFault("at most 1000 classes", Enumerable.Range(0, 1001).Select(i => $"n{i}"));

    [Fact]
    public void From_ClassNotDeclared_NamesIt() => AssertFault(
        "Column 'y' has 'c', which the schema's 'classes' do not name; they are 'a', 'b'",
        Enumerable.Range(0, 12).Select(i => "abc"[i % 3].ToString()),
        ["a", "b"]);

    [Fact]
    public void From_ClassDeclaredTwice_NamesIt() =>
        AssertFault("name 'a' twice", Enumerable.Range(0, 12).Select(i => "ab"[i % 2].ToString()), ["a", "b", "a"]);

    private static void AssertFault(string expected, IEnumerable<string> labels, string[]? declared = null) => Assert.Contains(
        expected,
        Assert.Throws<InvalidInputException>(() => ClassLabels.From(Tables.Texts("y", labels), declared)).Message,
        StringComparison.Ordinal);
}
