using Analytics.AppHost.Postgres;

namespace Analytics.AppHost.Tests;

public sealed class PostgresChoiceTests
{
    private static readonly Finding Yes = new(true, "it answers");
    private static readonly Finding NoEngine = new(false, "docker is installed, but its engine does not answer (no daemon)");
    private static readonly Finding NoPrograms = new(false, "initdb, postgres and psql are not there");

    [Theory]
    // Given wins over everything.
    [InlineData("Host=db", null, true, true, "Given")]
    [InlineData("Host=db", "container", false, false, "Given")]
    // Then what an earlier start chose, whatever has been installed since.
    [InlineData(null, "local", true, true, "Local")]
    [InlineData(null, "container\n", true, true, "Container")]
    // Then what is there, a container first.
    [InlineData(null, null, true, true, "Container")]
    [InlineData("", null, true, false, "Container")]
    [InlineData(" ", null, false, true, "Local")]
    public void Decide_WhatIsThere_TakesTheFirstInOrder(string? connectionString, string? earlier, bool container, bool local, string expected)
    {
        var mode = PostgresChoice.Decide(
            connectionString, earlier, "/data/mode", () => container ? Yes : NoEngine, () => local ? Yes : NoPrograms);

        Assert.Equal(expected, mode.ToString());
    }

    [Theory]
    [InlineData("Host=db", null)]
    [InlineData(null, "local")]
    public void Decide_NoNeedToAsk_DoesNotAskTheContainerRuntime(string? connectionString, string? earlier)
    {
        static Finding Asked() => throw new InvalidOperationException("the runtime was asked, which can take seconds");

        PostgresChoice.Decide(connectionString, earlier, "/data/mode", Asked, () => Yes);
    }

    [Fact]
    public void Decide_NothingFound_SaysWhatToInstallAndWhatWasFound()
    {
        var error = Assert.Throws<SetupException>(() => PostgresChoice.Decide(null, null, "/data/mode", () => NoEngine, () => NoPrograms));

        Assert.Contains("apt-get install postgresql", error.Message, StringComparison.Ordinal);
        Assert.Contains("brew install postgresql", error.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__analytics=", error.Message, StringComparison.Ordinal);
        Assert.Contains(NoEngine.Detail, error.Message, StringComparison.Ordinal);
        Assert.Contains(NoPrograms.Detail, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("container")]
    [InlineData("local")]
    public void Decide_EarlierWayIsGone_DoesNotBeginWithAnEmptyDatabase(string earlier)
    {
        var error = Assert.Throws<SetupException>(
            () => PostgresChoice.Decide(
                null, earlier, "/data/mode",
                () => earlier == "container" ? NoEngine : Yes,
                () => earlier == "local" ? NoPrograms : Yes));

        Assert.Contains("/data/mode", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_UnknownMode_NamesFileFoundAndExpected()
    {
        var error = Assert.Throws<SetupException>(() => PostgresChoice.Decide(null, "docker", "/data/mode", () => Yes, () => Yes));

        Assert.Equal(
            "/data/mode says 'docker'; expected 'container' or 'local'. Correct it, or delete it to choose again.", error.Message);
    }
}
