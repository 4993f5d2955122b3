using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Tests.Training.Forest;

public sealed class ForestMemoryTests
{
    // A million rows of 50 columns and 10 classes, half of the rows drawn once: a thread takes 6 + 8 + 4 + 40 bytes a row.
    [Theory]
    [InlineData(1, 108_000_000)]
    [InlineData(2, 166_000_000)]
    public void FixedBytes_HalfDrawn_AreBinsAndTheThreadsShares(int threads, long expected) =>
        Assert.Equal(expected, new ForestMemory(1_000_000, 50, 10, new ForestParameters { Threads = threads, Replace = false, SampleFraction = 0.5 }).FixedBytes);

    [Fact]
    public void RequireFixed_MoreThanTheLimit_NamesBothAndTheRemedy()
    {
        var memory = new ForestMemory(1_000_000, 50, 10, new ForestParameters { Threads = 1 }) { Limit = 64L << 20 };

        var refused = Assert.Throws<InvalidInputException>(memory.RequireFixed);

        Assert.Contains("1000000 rows and 50 columns", refused.Message, StringComparison.Ordinal);
        Assert.Contains("64 MB", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Trainer:MaxMemory", refused.Message, StringComparison.Ordinal);
    }
}
