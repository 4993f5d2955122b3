using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;

namespace Analytics.ServiceDefaults.ApiKeys;

/// <summary>API keys: named, configured as SHA-256 only, compared in constant time.</summary>
public static class ApiKeyExtensions
{
    private const string HeaderName = "X-Api-Key";
    private const string BearerPrefix = "Bearer ";

    /// <summary>
    /// Adds the keys of one scope from <c>ApiKeys:{scope}:n:Name</c> and <c>ApiKeys:{scope}:n:Sha256</c>; several may be active at
    /// once. Outside Development a service without a key does not start, and says how to make one; unless keys are not
    /// <paramref name="required"/>, for who asks was checked before: then a service without keys lets everybody in.
    /// </summary>
    public static TBuilder AddApiKeys<TBuilder>(this TBuilder builder, string scope, bool required = true)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var keys = builder.Configuration.GetSection($"ApiKeys:{scope}").Get<List<ApiKey>>() ?? [];
        var ring = new ApiKeyRing(scope, keys) { IsOpen = !required && keys.Count == 0 };
        if (ring.IsEmpty && !ring.IsOpen && !builder.Environment.IsDevelopment())
        {
            throw new InvalidOperationException(
                $"No API key is configured for '{scope}', and the environment is {builder.Environment.EnvironmentName}: the service "
                + $"would answer nobody. {ApiKeyRing.HowToMakeOne(scope)}");
        }

        builder.Services.AddSingleton(ring);
        return builder;
    }

    /// <summary>
    /// Calls of this endpoint or group need a key in <c>X-Api-Key</c> or <c>Authorization: Bearer</c>, else 401 with a problem
    /// document. In Development a call from loopback needs none, but a wrong key is wrong there too.
    /// </summary>
    public static TBuilder RequireApiKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        // Wrapped around the endpoint itself rather than ASP.NET's authentication: no principal is built on the hot path,
        // and an endpoint cannot be reached with the middleware forgotten.
        endpoint.Finally(builder =>
        {
            if (builder.RequestDelegate is { } next)
            {
                var services = builder.ApplicationServices;
                var ring = services.GetRequiredService<ApiKeyRing>();
                var development = services.GetRequiredService<IHostEnvironment>().IsDevelopment();
                builder.RequestDelegate = context => InvokeAsync(context, ring, development, next);
            }
        });
        return endpoint;
    }

    /// <summary>The name of the caller's key; <c>loopback</c> for a local call in Development that needed none; null before or without a check.</summary>
    public static string? CallerName(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<Caller>()?.Name;
    }

    private static Task InvokeAsync(HttpContext context, ApiKeyRing ring, bool development, RequestDelegate next)
    {
        var key = PresentedKey(context.Request.Headers);
        var caller = ring.IsOpen ? Caller.Trusted
            : key.IsEmpty
            ? development && IsLoopback(context.Connection.RemoteIpAddress) ? Caller.Loopback : null
            : ring.Find(key);
        if (caller is null)
        {
            return RejectAsync(context, ring.Scope, key.IsEmpty);
        }

        context.Features.Set(caller);
        return next(context);
    }

    private static ReadOnlySpan<char> PresentedKey(IHeaderDictionary headers)
    {
        if (headers.TryGetValue(HeaderName, out var header) && !StringValues.IsNullOrEmpty(header))
        {
            return header.ToString();
        }

        var authorization = headers.Authorization.ToString().AsSpan();
        return authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? authorization[BearerPrefix.Length..].Trim()
            : authorization;
    }

    private static bool IsLoopback(IPAddress? address) => address is null || IPAddress.IsLoopback(address);

    private static Task RejectAsync(HttpContext context, string scope, bool missing)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Problem(
            statusCode: StatusCodes.Status401Unauthorized,
            title: missing ? "An API key is needed." : "The API key is not known.",
            detail: $"Send a key with the scope '{scope}' in X-Api-Key or Authorization: Bearer.").ExecuteAsync(context);
    }
}
