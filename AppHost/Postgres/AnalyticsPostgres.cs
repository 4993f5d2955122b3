using Microsoft.Extensions.Configuration;

namespace Analytics.AppHost.Postgres;

/// <summary>Adds the application's PostgreSQL in the way that this machine has.</summary>
internal static class AnalyticsPostgres
{
    private const string Database = "analytics";

    /// <summary>
    /// A given connection string, the way of an earlier start, a container, or the local programs, in this order
    /// (<see cref="PostgresChoice"/>). The way is kept in the data folder's file <c>mode</c>.
    /// </summary>
    /// <exception cref="SetupException">None of them can be used.</exception>
    public static IResourceBuilder<IResourceWithConnectionString> AddAnalyticsPostgres(this IDistributedApplicationBuilder builder)
    {
        // What is published runs elsewhere; what is installed here says nothing about it.
        if (builder.ExecutionContext.IsPublishMode)
        {
            var password = builder.AddParameter("postgres-password", secret: true)
                .WithDescription("PostgreSQL's password, letters and digits; the database is made with it at the first start.");
            return builder.AddPostgres("postgres", password: password).WithImageTag("17").AddDatabase(Database);
        }

        var data = DataFolder.Of(builder);
        var localFolder = Path.Combine(data, "postgres");
        var modeFile = Path.Combine(data, "mode");
        LocalPrograms? programs = null;

        var mode = PostgresChoice.Decide(
            builder.Configuration.GetConnectionString(Database),
            File.Exists(modeFile) ? File.ReadAllText(modeFile) : null,
            modeFile,
            () => ContainerRuntime.Find(builder.Configuration["ASPIRE_CONTAINER_RUNTIME"], TimeSpan.FromSeconds(3)),
            () =>
            {
                (var finding, programs) = LocalPostgres.Find(localFolder, Environment.GetEnvironmentVariable("PATH"));
                return finding;
            });

        if (mode is not PostgresMode.Given && !File.Exists(modeFile))
        {
            File.WriteAllText(modeFile, mode is PostgresMode.Container ? "container" : "local");
        }

        return mode switch
        {
            PostgresMode.Given => builder.AddConnectionString(Database),
            PostgresMode.Container => builder.AddContainerPostgres(ServerFolder.Open(Path.Combine(data, "postgres-container"))),
            _ => builder.AddLocalPostgres("postgres", Database, programs!, ServerFolder.Open(LocalPostgres.Reachable(localFolder))),
        };
    }

    private static IResourceBuilder<IResourceWithConnectionString> AddContainerPostgres(
        this IDistributedApplicationBuilder builder, ServerFolder folder) =>
        builder.AddPostgres("postgres", password: builder.AddParameter("postgres-password", folder.Password, secret: true))
            .WithImageTag("17")
            .WithDataBindMount(folder.Data)
            .AddDatabase(Database);
}
