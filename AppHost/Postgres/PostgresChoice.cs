namespace Analytics.AppHost.Postgres;

/// <summary>Which PostgreSQL to use: a pure function of what is set and what is there.</summary>
internal static class PostgresChoice
{
    /// <summary>
    /// A given connection string, else the way chosen at an earlier start (its data is there and nowhere else), else a container
    /// when a runtime answers, else the local programs. The findings are functions because asking a runtime takes seconds.
    /// </summary>
    /// <param name="connectionString"><c>ConnectionStrings:analytics</c>.</param>
    /// <param name="earlier">The content of the mode file, or null where there is none.</param>
    /// <param name="modeFile">The mode file's path, for messages.</param>
    /// <param name="container">Looks for a container runtime.</param>
    /// <param name="local">Looks for PostgreSQL's programs.</param>
    /// <exception cref="SetupException">Nothing can be used; the message says what to install or change.</exception>
    public static PostgresMode Decide(
        string? connectionString, string? earlier, string modeFile, Func<Finding> container, Func<Finding> local)
    {
        if (!string.IsNullOrWhiteSpace(connectionString))
        {
            return PostgresMode.Given;
        }

        return earlier?.Trim() switch
        {
            "container" => container() is { Found: false } missing ? throw Gone("a container", missing, modeFile) : PostgresMode.Container,
            "local" => local() is { Found: false } missing ? throw Gone("the local PostgreSQL programs", missing, modeFile) : PostgresMode.Local,
            null => FirstFound(container, local),
            var other => throw new SetupException(
                $"{modeFile} says '{other}'; expected 'container' or 'local'. Correct it, or delete it to choose again."),
        };
    }

    private static PostgresMode FirstFound(Func<Finding> container, Func<Finding> local)
    {
        if (container() is { Found: false } noContainer)
        {
            return local() is { Found: false } noLocal ? throw NothingFound(noContainer, noLocal) : PostgresMode.Local;
        }

        return PostgresMode.Container;
    }

    private static SetupException Gone(string way, Finding missing, string modeFile) => new(
        $"""
        The data of earlier starts is kept by {way}, which cannot be used now: {missing.Detail}.
        Bring it back, or delete {modeFile} to begin with an empty database in another way.
        """);

    private static SetupException NothingFound(Finding container, Finding local) => new(
        $"""
        Analytics needs a PostgreSQL and found none. Do one of these and start again:

          1. Start a container runtime (Docker or Podman).
             Now: {container.Detail}.
          2. Install PostgreSQL's server programs.
             Debian, Ubuntu: apt-get install postgresql    Fedora: dnf install postgresql-server    macOS: brew install postgresql
             Now: {local.Detail}.
          3. Name a server of your own in the environment:
             ConnectionStrings__analytics="Host=…;Username=…;Password=…;Database=analytics"
        """);
}
