using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Tests.Training.Evaluation;

public class SignatureChangeTests
{
    private static readonly Signature Champion = new(
        [new InputColumn("a", ColumnType.Number, true), new InputColumn("b", ColumnType.Text, false, ["x"])],
        new SignatureOutput("y", OutputKind.Classes, ["no", "yes"]));

    public static TheoryData<string, string?> Changes => new()
    {
        { "none", null },
        { "classes in another order", null },
        { "a new optional column", null },
        { "a new required column", "it requires 'c', which the champion does not have" },
        { "a column gone", "the champion's 'b' are not among its columns" },
        { "another type", "'b' is a Number column, the champion's a Text column" },
        { "other classes", "its classes are 'maybe', 'no', 'yes', the champion's 'no', 'yes'" },
        { "another kind", "it predicts 'y' (Number), the champion 'y' (Classes)" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Find_Table(string kind, string? expected)
    {
        var (a, b) = (Champion.Inputs[0], Champion.Inputs[1]);
        var candidate = kind switch
        {
            "classes in another order" => Champion with { Output = Champion.Output with { Classes = ["yes", "no"] } },
            "a new optional column" => Champion with { Inputs = [a, b, new InputColumn("c", ColumnType.Number, false)] },
            "a new required column" => Champion with { Inputs = [a, b, new InputColumn("c", ColumnType.Number, true)] },
            "a column gone" => Champion with { Inputs = [a] },
            "another type" => Champion with { Inputs = [a, b with { Type = ColumnType.Number }] },
            "other classes" => Champion with { Output = Champion.Output with { Classes = ["maybe", "no", "yes"] } },
            "another kind" => Champion with { Output = new SignatureOutput("y", OutputKind.Number) },
            _ => Champion,
        };

        Assert.Equal(expected, SignatureChange.Find(Champion, candidate));
    }
}
