using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Analytics.ServiceDefaults.Description;

/// <summary>An example of a call: what is sent, and what comes back. Tests execute them.</summary>
public sealed record OperationExample
{
    /// <summary>Values of path, query and header parameters by name.</summary>
    public IReadOnlyDictionary<string, JsonNode> Parameters { get; init; } = new Dictionary<string, JsonNode>();

    /// <summary>The body sent, as JSON.</summary>
    public string? Request { get; init; }

    /// <summary>The body sent where it is no JSON: with <see cref="RequestType"/>.</summary>
    public string? RequestText { get; init; }

    /// <summary>The media type of <see cref="RequestText"/>.</summary>
    public string RequestType { get; init; } = "application/json";

    /// <summary>The body of the answer, as JSON.</summary>
    public string? Response { get; init; }

    /// <summary>The statuses that the example of the answer is for.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = ["200"];
}

/// <summary>Puts examples into the operations of a document.</summary>
public static class OperationExamples
{
    private const string Json = "application/json";

    /// <summary>Gives each operation its example, by operation id.</summary>
    public static OpenApiOptions AddExamples(this OpenApiOptions options, IReadOnlyDictionary<string, OperationExample> examples)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(examples);
        return options.AddOperationTransformer((operation, _, _) =>
        {
            if (operation.OperationId is { } id && examples.TryGetValue(id, out var example))
            {
                Apply(operation, example);
            }

            return Task.CompletedTask;
        });
    }

    private static void Apply(OpenApiOperation operation, OperationExample example)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            if (parameter.Name is { } name && example.Parameters.TryGetValue(name, out var value))
            {
                parameter.Example = value.DeepClone();
            }
        }

        if (operation.RequestBody?.Content is { } content)
        {
            var (type, body) = example.RequestText is { } text ? (example.RequestType, JsonValue.Create(text)) : (Json, JsonNode.Parse(example.Request ?? "null"));
            if (body is not null && content.TryGetValue(type, out var media) && media is OpenApiMediaType mediaType)
            {
                mediaType.Example = body;
            }
        }

        foreach (var status in example.Statuses)
        {
            if (example.Response is { } answer && operation.Responses?.TryGetValue(status, out var response) == true
                && response.Content?.TryGetValue(Json, out var answerMedia) == true && answerMedia is OpenApiMediaType answerType)
            {
                answerType.Example = JsonNode.Parse(answer);
            }
        }
    }
}
