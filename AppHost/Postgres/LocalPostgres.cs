using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Analytics.AppHost.Postgres;

/// <summary>The local way: this machine's server programs, root's privileges dropped.</summary>
internal static class LocalPostgres
{
    private const string ServerUser = "postgres";

    /// <summary>Looks for programs that can serve the data in <paramref name="folder"/>.</summary>
    public static (Finding Finding, LocalPrograms? Programs) Find(string folder, string? path)
    {
        if (OperatingSystem.IsWindows())
        {
            return (new Finding(false, "local programs are used on Linux and macOS only"), null);
        }

        var all = LocalPrograms.FindAsync(LocalPrograms.Folders(path)).GetAwaiter().GetResult();
        var major = ServerFolder.DataMajor(folder);
        var programs = all.FirstOrDefault(p => major is null || p.Major == major);
        if (programs is null)
        {
            return (new Finding(false, all.Count == 0
                ? "initdb, postgres and psql are neither on PATH nor where packages put them"
                : $"{folder} was made by PostgreSQL {major}, installed is {string.Join(", ", all.Select(p => p.Major))}"), null);
        }

        return Environment.IsPrivilegedProcess && WhyRootCannot() is { } reason
            ? (new Finding(false, reason), null)
            : (new Finding(true, $"PostgreSQL {programs.Major} in {programs.Folder}"), programs);
    }

    /// <summary>Adds the server as a resource that is healthy when it takes connections.</summary>
    public static IResourceBuilder<LocalPostgresResource> AddLocalPostgres(
        this IDistributedApplicationBuilder builder, string name, string database, LocalPrograms programs, ServerFolder folder)
    {
        var password = builder.AddParameter($"{name}-password", folder.Password, secret: true);
        var resource = new LocalPostgresResource(name, builder.AppHostDirectory, password.Resource, FreePort(), database);

        var check = $"{name}-accepts-connections";
        builder.Services.AddHealthChecks().AddAsyncCheck(check, cancellationToken => CheckAsync(resource, cancellationToken));

        return builder.AddResource(resource)
            .WithArgs(
                Path.Combine(builder.AppHostDirectory, "Postgres", "serve-postgres.sh"),
                programs.Folder, folder.Path, resource.Port.ToString(CultureInfo.InvariantCulture))
            .WithEndpoint(port: resource.Port, targetPort: resource.Port, scheme: "tcp", name: "tcp", isProxied: false)
            .WithHealthCheck(check)
            .WithIconName("Database")
            .ExcludeFromManifest();
    }

    /// <summary>
    /// The folder for the data: <paramref name="wanted"/>, or, where the server's user cannot get there (a repository under
    /// <c>/root</c>), one under <c>/var/lib/analytics</c> that <paramref name="wanted"/> then links to.
    /// </summary>
    public static string Reachable(string wanted)
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows() || Directory.Exists(wanted))
        {
            return wanted;
        }

        var parent = Path.GetDirectoryName(wanted)!;
        if (AsServerUser("test", "-x", parent).ExitCode == 0)
        {
            return wanted;
        }

        // The link may be left from before, its folder removed.
        var elsewhere = new DirectoryInfo(wanted).LinkTarget ?? $"/var/lib/analytics/{Guid.NewGuid():N}";
        Directory.CreateDirectory(elsewhere);
        if (!Directory.Exists(wanted))
        {
            Directory.CreateSymbolicLink(wanted, elsewhere);
        }

        Console.WriteLine($"PostgreSQL's data is in {elsewhere}: its user {ServerUser} cannot reach {parent}.");
        return elsewhere;
    }

    private static string? WhyRootCannot() =>
        AsServerUser("true") is { ExitCode: not 0 } failed
            ? $"PostgreSQL refuses to run as root, and changing to the user {ServerUser} failed (setpriv: {failed.Error})"
            : null;

    private static ShortProgram.Answer AsServerUser(params string[] command) =>
        ShortProgram.RunAsync(
            "setpriv", [$"--reuid={ServerUser}", $"--regid={ServerUser}", "--init-groups", "--", .. command], TimeSpan.FromSeconds(5))
            .GetAwaiter().GetResult();

    private static async Task<HealthCheckResult> CheckAsync(LocalPostgresResource resource, CancellationToken cancellationToken)
    {
        var connectionString = await resource.MaintenanceExpression.GetValueAsync(cancellationToken);
        try
        {
            // Not pooled: at a stop the server waits for its clients to leave, and an idle check must not be one.
            await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false;Timeout=2");
            await connection.OpenAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
