using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class TargetSidesTests
{
    [Fact]
    public void Check_NumberThatTrainingSeesOneValueOf_IsAFault() => Assert.Contains(
        "Of 12 rows 2 are held out, and the others do not have two different values of 'y'",
        Assert.Throws<InvalidInputException>(
            () => TargetSides.Check(Data([.. Enumerable.Range(0, 12).Select(i => i < 2 ? 1f : 2f)], 2), [])).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "No row is held out: the data is too small, and the model has no metrics.")]
    [InlineData(4, "Only 4 rows are held out; the figures say little.")]
    [InlineData(5, null)]
    public void Check_Number_SaysWhetherItCanBeMeasured(int heldOut, string? expected)
    {
        var warnings = new List<string>();
        TargetSides.Check(Data([.. Enumerable.Range(0, 12).Select(i => i / 2f)], heldOut), warnings);
        Assert.Equal(expected is null ? [] : [expected], warnings);
    }

    private static PreparedData Data(float[] values, int heldOut) => new(
        "",
        Tables.Of(Tables.Numbers("x", values)),
        new NumberTarget("y", values),
        [],
        new SplitDefinition("a", ["x"]),
        [.. Enumerable.Range(heldOut, values.Length - heldOut)],
        [.. Enumerable.Range(0, heldOut)]);
}
