using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Analytics.ServiceDefaults.Description;

/// <summary>The description of a service's API (OpenAPI 3.1): what every service says of itself.</summary>
public static class ApiDescription
{
    private const string KeyScheme = "apiKey";
    private const string BearerScheme = "bearer";

    /// <summary>Adds the document <c>v1</c>; <paramref name="configure"/> adds the service's own part.</summary>
    public static IServiceCollection AddApiDescription(
        this IServiceCollection services, string title, string description, Action<OpenApiOptions>? configure = null) =>
        services.AddOpenApi(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            configure?.Invoke(options);
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = title,
                    Description = description,
                    Version = "1",
                    License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
                };
                // Wherever it was read from: a file of it must not name the port of a test.
                document.Servers = [new OpenApiServer { Url = "/" }];
                document.AddComponent<IOpenApiSecurityScheme>(KeyScheme, new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = "X-Api-Key",
                    Description = "A named API key.",
                });
                document.AddComponent<IOpenApiSecurityScheme>(BearerScheme, new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "The same key as a bearer token.",
                });
                document.Security = [.. new[] { KeyScheme, BearerScheme }.Select(name => new OpenApiSecurityRequirement
                {
                    [new OpenApiSecuritySchemeReference(name, document)] = [],
                })];
                return Task.CompletedTask;
            });
        });
}
