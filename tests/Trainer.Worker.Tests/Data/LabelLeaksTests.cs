using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class LabelLeaksTests
{
    private const int Rows = 2000;
    private static readonly int[] All = [.. Enumerable.Range(0, Rows)];

    private static readonly float[] Values = Drawn(new Random(7));

    // 0 to 1.
    private static float Noise(int i) => Values[i];

    private static float[] Drawn(Random random) => [.. Enumerable.Range(0, (2 * Rows) + 7).Select(_ => random.NextSingle())];

    [Fact]
    public void Find_Classes_NamesWhatTellsThemAlone()
    {
        var target = new ClassTarget("y", ["no", "yes"], [.. All.Select(i => Noise(i) < 0.1 ? 1 : 0)]);
        Assert.Equal(
            ["same", "threshold", "code", "refunded"],
            LabelLeaks.Find(
                target,
                [
                    Tables.Numbers("noise", All.Select(i => Noise(i + Rows))),
                    Tables.Numbers("same", All.Select(i => (float)target.Indexes[i])),
                    Tables.Numbers("threshold", All.Select(i => Noise(i) < 0.1 ? -1 - Noise(i) : Noise(i))),
                    Tables.Texts("code", All.Select(i => target.Indexes[i] == 1 ? $"R{i % 3}" : $"K{i % 4}")),
                    // Present only where the answer is yes.
                    Tables.Dates("refunded", All.Select(i => target.Indexes[i] == 1 ? $"2024-01-{1 + (i % 28):00}" : null)),
                    // A good column, and one that tells nine of ten: no leaks.
                    Tables.Numbers("strong", All.Select(i => target.Indexes[i] == 1 ? Noise(i + 7) : Noise(i + 7) + 0.9f)),
                    Tables.Texts("mostly", All.Select(i => i % 10 == 0 ? "a" : $"{target.Indexes[i]}")),
                    Tables.Texts("ids", All.Select(i => $"{i}")),
                ],
                All));
    }

    [Fact]
    public void Find_Number_NamesWhatTellsItAlone()
    {
        var target = new NumberTarget("price", [.. All.Select(i => 100 * Noise(i))]);
        Assert.Equal(
            ["inDollars", "squared"],
            LabelLeaks.Find(
                target,
                [
                    Tables.Numbers("inDollars", target.Values.Select(v => (1.1f * v) + 3)),
                    Tables.Numbers("squared", target.Values.Select(v => v * v)),
                    Tables.Numbers("correlated", target.Values.Select((v, i) => v + (10 * Noise(i + Rows)))),
                    Tables.Texts("band", target.Values.Select(v => $"{(int)(v / 10)}")),
                ],
                All));
    }

    [Fact]
    public void Find_FewRows_SaysNothing() => Assert.Empty(
        LabelLeaks.Find(new ClassTarget("y", ["a", "b"], [0, 1, 0, 1]), [Tables.Numbers("x", 0, 1, 0, 1)], [0, 1, 2, 3]));
}
