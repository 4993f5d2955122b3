using Analytics.Trainer.Worker.Runs;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class PaceTests
{
    [Fact]
    public void Advance_NothingDone_TellsNothing()
    {
        var position = new Pace(TimeSpan.Zero).Advance(TimeSpan.FromSeconds(1), "read", 0, null);

        Assert.Null(position.Rows);
        Assert.Null(position.RowsPerSecond);
        Assert.Null(position.Remaining);
    }

    [Fact]
    public void Advance_SteadyStage_TellsRowsASecondAndWhatIsLeft()
    {
        var pace = new Pace(TimeSpan.Zero);
        pace.Advance(TimeSpan.FromSeconds(1), "fit", 0.2, 1000);

        var position = pace.Advance(TimeSpan.FromSeconds(3), "fit", 0.4, null);

        Assert.Equal(1000, position.Rows);
        Assert.Equal(100, position.RowsPerSecond!.Value, 6);
        Assert.Equal(6, position.Remaining!.Value.TotalSeconds, 6);
    }

    [Fact]
    public void Advance_NewStage_GoesByTheWholeUntilItMoves()
    {
        var pace = new Pace(TimeSpan.Zero);

        Assert.Equal(10, pace.Advance(TimeSpan.FromSeconds(10), "fit", 0.5, null).Remaining!.Value.TotalSeconds, 6);
        Assert.Equal(5, pace.Advance(TimeSpan.FromSeconds(11), "fit", 0.5833333333, null).Remaining!.Value.TotalSeconds, 3);
    }
}
