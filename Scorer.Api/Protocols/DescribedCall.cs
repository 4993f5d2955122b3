using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Predictions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Analytics.Scorer.Api.Protocols;

/// <summary>
/// What the OpenAPI document says of a call of another server's protocol. The bodies are told by examples, which tests execute; what may be
/// in them is the protocol's own specification.
/// </summary>
internal sealed record DescribedCall(string Id, string Tag, string Summary)
{
    private const string Json = "application/json";

    /// <summary>The name of the schema of the protocol's errors, and its members.</summary>
    public required (string Name, string[] Members) Error { get; init; }

    /// <summary>The statuses of errors, in words.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>();

    /// <summary>Bodies by media type and name; JSON is parsed, the rest is sent as it is.</summary>
    public IReadOnlyList<(string MediaType, string Name, string Body)> Requests { get; init; } = [];

    /// <summary>True when a body is needed.</summary>
    public bool RequestIsRequired { get; init; } = true;

    /// <summary>The answer's media type, null for an empty answer.</summary>
    public string? AnswerType { get; init; } = Json;

    /// <summary>Answers by name, of <see cref="AnswerType"/>.</summary>
    public IReadOnlyList<(string Name, string Body)> Answers { get; init; } = [];

    /// <summary>True when the call scores rows with a champion, and a canary may answer it.</summary>
    public bool IsRouted { get; init; }

    /// <summary>True when no API key is asked for.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Describes the endpoint by this; the handler's method makes the framework look at it.</summary>
    public void Describe(IEndpointConventionBuilder endpoint, RequestDelegate handler) =>
        endpoint.WithName(Id).WithSummary(Summary).WithMetadata(handler.Method).AddOpenApiOperationTransformer(TransformAsync);

    private Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Tags = new HashSet<OpenApiTagReference> { new(Tag, context.Document) };
        operation.Parameters = [.. PredictionDescription.RouteParameters(context.Description.RelativePath ?? "").Where(p => IsRouted || p.In == ParameterLocation.Path)];
        operation.RequestBody = Requests.Count == 0 ? null : new OpenApiRequestBody
        {
            Required = RequestIsRequired,
            Content = Requests.GroupBy(r => r.MediaType).ToDictionary(g => g.Key, g => Media(g.Key, g.Select(r => (r.Name, r.Body)))),
        };
        var answer = new OpenApiResponse { Description = "The answer." };
        if (AnswerType is not null)
        {
            answer.Content = new Dictionary<string, OpenApiMediaType> { [AnswerType] = Media(AnswerType, Answers) };
        }

        operation.Responses = new OpenApiResponses { ["200"] = answer };
        foreach (var (status, description) in Errors)
        {
            operation.Responses[status] = new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [Json] = new() { Schema = ErrorSchema(context.Document!) } },
            };
        }

        if (IsOpen)
        {
            operation.Security = [];
        }

        return Task.CompletedTask;
    }

    private OpenApiSchemaReference ErrorSchema(OpenApiDocument document)
    {
        document.AddComponent<IOpenApiSchema>(Error.Name, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = Error.Members.ToHashSet(),
            Properties = Error.Members.ToDictionary(m => m, IOpenApiSchema (_) => new OpenApiSchema { Type = JsonSchemaType.String }),
        });
        return new OpenApiSchemaReference(Error.Name, document);
    }

    private static OpenApiMediaType Media(string type, IEnumerable<(string Name, string Body)> examples)
    {
        var values = examples.ToDictionary(e => e.Name, e => type == Json ? JsonNode.Parse(e.Body)! : JsonValue.Create(e.Body));
        return new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = type != Json ? JsonSchemaType.String : values.Values.First() is JsonArray ? JsonSchemaType.Array : JsonSchemaType.Object,
            },
            Examples = values.ToDictionary(v => v.Key, IOpenApiExample (v) => new OpenApiExample { Value = v.Value }),
        };
    }
}
