namespace Analytics.AppHost.Postgres;

/// <summary>The ways to a PostgreSQL.</summary>
internal enum PostgresMode
{
    /// <summary>A server of somebody's own, by <c>ConnectionStrings:analytics</c>.</summary>
    Given,

    /// <summary>A container.</summary>
    Container,

    /// <summary>This machine's server programs.</summary>
    Local,
}
