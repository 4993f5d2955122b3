using System.Net.Http.Json;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.ServiceDefaults.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

// Meters and activity sources are the process's: a service of another test would be measured by this one's telemetry too.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Analytics.ServiceDefaults.Tests;

/// <summary>A small real service on a free port, built with the defaults under test.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private Task? _stopped;

    private TestService(WebApplication app)
    {
        _app = app;
        // A caller of another process: one in this process would decide about the service's traces.
        Client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }

    /// <summary>Starts it; <paramref name="ready"/> decides its only readiness check.</summary>
    public static async Task<TestService> StartAsync(
        string environment, IReadOnlyDictionary<string, string?> settings, Func<HealthCheckResult>? ready = null, params string[] telemetryNames)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment, ApplicationName = "test-service" });
        // Nothing on the console; what the defaults add to the logging stays.
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults(telemetryNames);
        builder.AddApiKeys("predict");
        builder.Services.AddProblemDetails();
        builder.Services.AddHealthChecks().AddCheck("model", () => ready?.Invoke() ?? HealthCheckResult.Healthy(), [HealthEndpoints.ReadyTag]);
        var app = builder.Build();
        app.MapHealthEndpoints();
        app.MapGet("/who", (HttpContext context) => Results.Json(new Who(context.CallerName()))).RequireApiKey();
        app.MapGet("/answer/{status}", (int status) => Results.StatusCode(status));
        app.MapGet("/throw", IResult () => throw new InvalidOperationException("On purpose."));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestService(app);
    }

    public async Task<string?> WhoAsync(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/who");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<Who>(TestContext.Current.CancellationToken))!.Name
            : ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Stops it as a signal does: requests end, then telemetry is sent. Not twice.</summary>
    public Task StopAsync() => _stopped ??= _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await _app.DisposeAsync();
    }

    internal sealed record Who(string? Name);
}
