using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Search;

namespace Analytics.Trainer.Worker.Tests.Training.Search;

public class FoldOrderTests
{
    [Fact]
    public void ByGroup_Groups_AreInOneFoldEach()
    {
        int[] rows = [.. Enumerable.Range(0, 200).Where(r => r % 10 != 3)];
        var keys = Enumerable.Range(0, 200).Select(r => (long)(r * r % 23)).ToArray();
        var folds = FoldOrder.ByGroup(keys, rows, 5, seed: 1);

        Assert.Equal(rows, folds.SelectMany(f => f).Order());
        Assert.All(rows.Select(r => keys[r]).Distinct(), key => Assert.Single(folds, f => f.Any(r => keys[r] == key)));
        Assert.All(folds, f => Assert.InRange(f.Length, 20, 60));
        Assert.Equal(folds, FoldOrder.ByGroup(keys, rows, 5, seed: 1));
        Assert.Equal(2, FoldOrder.ByGroup([7, 8, 7], [0, 1, 2], 5, seed: 1).Length);
        Assert.Contains("all training rows are of one group", Assert.Throws<InvalidInputException>(() => FoldOrder.ByGroup([7, 7], [0, 1], 5, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ByTime_Folds_FollowEachOther()
    {
        var keys = Enumerable.Range(0, 100).Select(r => (long)(r * 37 % 100 / 3)).ToArray();
        var (before, folds) = FoldOrder.ByTime(keys, [.. Enumerable.Range(0, 100)], 3);

        Assert.Equal(3, folds.Length);
        Assert.InRange(before.Length, 50, 53);
        var earlier = before;
        foreach (var fold in folds)
        {
            Assert.True(earlier.Max(r => keys[r]) < fold.Min(r => keys[r]));
            earlier = fold;
        }

        Assert.Equal(Enumerable.Range(0, 100), before.Concat(folds.SelectMany(f => f)).Order());
        Assert.Contains(
            "the later half of the training rows has one time",
            Assert.Throws<InvalidInputException>(() => FoldOrder.ByTime([1, 2, 2, 2], [0, 1, 2, 3], 3)).Message,
            StringComparison.Ordinal);
    }
}
