using Analytics.Testing;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Analytics.EndToEnd.Tests;

/// <summary>The real AppHost with everything it starts, on random ports and on a data folder of its own.</summary>
public sealed class RunningAppHost : IAsyncDisposable
{
    private readonly ResourceLogs _logs;
    private readonly bool _ownsData;

    private RunningAppHost(DistributedApplication application, ResourceLogs logs, string dataFolder, bool ownsData)
    {
        Application = application;
        _logs = logs;
        DataFolder = dataFolder;
        _ownsData = ownsData;
    }

    /// <summary>The application.</summary>
    public DistributedApplication Application { get; }

    /// <summary>Where its store and its database are.</summary>
    public string DataFolder { get; }

    /// <summary>Where the resources' logs are written, one file each.</summary>
    public string LogFolder => _logs.Folder;

    /// <summary>The scorer. No retries: a failed request is a failed request.</summary>
    public HttpClient Scorer { get; private set; } = null!;

    /// <summary>The trainer's operator API. No retries.</summary>
    public HttpClient Trainer { get; private set; } = null!;

    /// <summary>The way to the database <c>analytics</c>.</summary>
    public string ConnectionString { get; private set; } = null!;

    /// <summary>
    /// Starts the application and waits until trainer and scorer are healthy. Skips the test where PostgreSQL is not installed,
    /// fails it on a build server. A start that fails tells the last lines of every resource.
    /// </summary>
    public static async Task<RunningAppHost> StartAsync(AppHostSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Postgres == "local")
        {
            PostgresServer.RequirePrograms();
        }

        var run = $"{DateTimeOffset.UtcNow:HHmmss}-{Guid.NewGuid().ToString("N")[..6]}";
        var data = settings.DataFolder ?? Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"analytics-apphost-{run}")).FullName;

        // Not left to the machine: a container engine that happens to run would make it another test.
        await File.WriteAllTextAsync(Path.Combine(data, "mode"), settings.Postgres, cancellationToken);
        string[] args = [$"--Data:Folder={data}", .. settings.Configuration.Select(s => $"--{s.Key}={s.Value}")];
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(args, cancellationToken);
        foreach (var service in builder.Resources.OfType<ProjectResource>().Select(builder.CreateResourceBuilder).ToList())
        {
            // No dashboard runs under test: telemetry that nobody takes would hold up each service's stop for 10 s of retries.
            service.WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", "");
            foreach (var (name, value) in settings.ServiceEnvironment)
            {
                service.WithEnvironment(name, value);
            }
        }

        // What resources say goes to their files.
        builder.Services.AddLogging(logging => logging
            .AddFilter(category: null, LogLevel.Warning)
            .AddFilter("Analytics.AppHost.Resources", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));

        var application = await builder.BuildAsync(cancellationToken);
        var app = new RunningAppHost(application, new ResourceLogs(application, run), data, ownsData: settings.DataFolder is null);
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(settings.StartTimeout);
            await app.StartAsync(timeout.Token);
            return app;
        }
        catch (Exception e)
        {
            var said = app._logs.Tail();
            await app.DisposeAsync();
            throw new InvalidOperationException($"The application did not start: {e.Message}\nIts logs are in {app.LogFolder}. The last lines:\n{said}", e);
        }
    }

    /// <summary>A service of the AppHost itself, such as <see cref="ResourceCommandService"/>.</summary>
    public T Service<T>() where T : notnull => Application.Services.GetRequiredService<T>();

    /// <summary>Stops everything as Ctrl+C does. The data stays until <see cref="DisposeAsync"/>.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Application.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Scorer?.Dispose();
        Trainer?.Dispose();
        await Application.DisposeAsync();
        await _logs.DisposeAsync();
        if (_ownsData)
        {
            Directory.Delete(DataFolder, recursive: true);
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await Application.StartAsync(cancellationToken);
        foreach (var service in (string[])["trainer", "scorer"])
        {
            await Application.ResourceNotifications.WaitForResourceHealthyAsync(service, WaitBehavior.StopOnResourceUnavailable, cancellationToken);
        }

        Trainer = new HttpClient { BaseAddress = Application.GetEndpoint("trainer", "http") };
        Scorer = new HttpClient { BaseAddress = Application.GetEndpoint("scorer", "http") };
        var databases = Service<DistributedApplicationModel>().Resources.OfType<IResourceWithConnectionString>().ToList();
        var database = databases.FirstOrDefault(d => d.Name == "analytics") ?? databases.Single(d => d.Name == "postgres");
        // Not pooled: at the stop PostgreSQL waits for its clients, and a pool of this process would hold it up.
        ConnectionString = $"{await database.GetConnectionStringAsync(cancellationToken)};Pooling=false";
    }
}
