using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Predictions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Analytics.Scorer.Api.Feedback;

/// <summary>What the OpenAPI document says of <c>POST /feedback</c>.</summary>
internal static class FeedbackDescription
{
    private static readonly (string Status, string Description)[] Problems =
    [
        ("400", "The body is not of the form, an id is none of a prediction, or an array has a prediction twice; names the entry (\"row\", from 0)."),
        ("401", "No API key, or one that is not known."),
        ("408", "The body was not there in time."),
        ("413", "The body or the number of entries is over the bound."),
        ("415", "The body is not application/json in UTF-8."),
        ("429", "The client sends more requests than it may; try again after Retry-After seconds."),
        ("503", "The scorer is at its limit, or the feedback cannot be recorded; try again after Retry-After seconds."),
    ];

    public static Task DescribeAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Tags = new HashSet<OpenApiTagReference> { new("Feedback", context.Document) };
        operation.Parameters = [];
        var entry = Component(context, "Outcome", Entry());
        var many = Component(context, "Outcomes", new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, Items = entry });
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = "\"actual\" is the class's own value (a label, not its index), or the number of a regression. The same outcome "
                + "again changes nothing, another one corrects it. The prediction need not be stored yet.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new()
                {
                    Schema = new OpenApiSchema { OneOf = [entry, many] },
                    Examples = new Dictionary<string, IOpenApiExample>
                    {
                        ["one"] = Example("""{"predictionId":"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11","actual":"setosa"}"""),
                        ["many"] = Example("""[{"predictionId":"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11","actual":"setosa"}]"""),
                    },
                },
            },
        };
        operation.Responses = new OpenApiResponses
        {
            ["202"] = new OpenApiResponse
            {
                Description = "The outcomes are in the journal.",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new()
                    {
                        Schema = Component(context, "FeedbackAccepted", new OpenApiSchema
                        {
                            Type = JsonSchemaType.Object,
                            Required = new HashSet<string> { "accepted" },
                            Properties = new Dictionary<string, IOpenApiSchema>
                            {
                                ["accepted"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "Outcomes taken." },
                            },
                        }),
                        Example = JsonNode.Parse("""{"accepted":1}"""),
                    },
                },
            },
        };
        foreach (var (status, description) in Problems)
        {
            operation.Responses[status] = new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [ScoringProblem.ContentType] = new() { Schema = PredictionDescription.Problem(context) } },
            };
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchemaReference Component(OpenApiOperationTransformerContext context, string name, OpenApiSchema schema)
    {
        context.Document!.AddComponent<IOpenApiSchema>(name, schema);
        return new OpenApiSchemaReference(name, context.Document);
    }

    private static OpenApiSchema Entry() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "predictionId", "actual" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["predictionId"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid", Description = "The \"id\" of the answer." },
            ["actual"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Number | JsonSchemaType.Boolean },
        },
        AdditionalPropertiesAllowed = false,
    };

    private static OpenApiExample Example(string json) => new() { Value = JsonNode.Parse(json) };
}
