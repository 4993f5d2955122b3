namespace Analytics.AppHost.Postgres;

/// <summary>PostgreSQL run from this machine's programs by <c>serve-postgres.sh</c>.</summary>
internal sealed class LocalPostgresResource(string name, string workingDirectory, ParameterResource password, int port, string database)
    : ExecutableResource(name, "/bin/sh", workingDirectory), IResourceWithConnectionString
{
    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => port;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => For(database);

    /// <summary>The way to the database that every server has; the application's own is made by the migration.</summary>
    public ReferenceExpression MaintenanceExpression => For("postgres");

    private ReferenceExpression For(string name) => ReferenceExpression.Create(
        $"Host=127.0.0.1;Port={port.ToString(System.Globalization.CultureInfo.InvariantCulture)};Username=postgres;Password={password};Database={name}");
}
