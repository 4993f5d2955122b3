using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Challengers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>What the OpenAPI document says of the prediction routes: forms, examples and the problems that may come.</summary>
internal static class PredictionDescription
{
    private static readonly (string Status, string Description)[] Problems =
    [
        ("400", "The body is not one of the forms, or a value does not fit its column; names row, column, expected and found."),
        ("401", "No API key, or one that is not known."),
        ("404", "There is no such model, or the version is not loaded; names those there are."),
        ("406", "No form of the answer that Accept names."),
        ("408", "The body was not there in time."),
        ("413", "The body or the number of rows is over the bound."),
        ("415", "The body is not JSON, CSV or NDJSON in UTF-8."),
        ("429", "The client sends more requests than it may; try again after Retry-After seconds."),
        ("503", "No version is loaded yet, the scorer is at its limit, or the prediction cannot be recorded; try again after Retry-After seconds."),
    ];

    public static Task DescribeAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Tags = new HashSet<OpenApiTagReference> { new("Predictions", context.Document) };
        operation.Parameters = [.. RouteParameters(context.Description.RelativePath ?? "")];
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = "One row as \"features\" or many as \"instances\"; a row is an array in the signature's order or an object by "
                + "column name. null, an absent column and \"\" are missing. CSV has a header; NDJSON has a row on each line.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new()
                {
                    Schema = PredictionSchemas.Reference(context.Document!, PredictionSchemas.Request),
                    Examples = new Dictionary<string, IOpenApiExample>
                    {
                        ["position"] = Example("""{"features":[5.1,3.5,1.4,0.2]}"""),
                        ["name"] = Example(
                            """{"features":{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}}"""),
                        ["many"] = Example("""{"instances":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}"""),
                    },
                },
                ["text/csv"] = Text("sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n"),
                ["application/x-ndjson"] = Text("[5.1,3.5,1.4,0.2]\n{\"sepal_length\":6.7,\"sepal_width\":3.0,\"petal_length\":5.2,\"petal_width\":2.3}\n"),
            },
        };
        operation.Responses = new OpenApiResponses { ["200"] = Answer(context) };
        foreach (var (status, description) in Problems)
        {
            operation.Responses[status] = new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [ScoringProblem.ContentType] = new() { Schema = Problem(context) } },
            };
        }

        return Task.CompletedTask;
    }

    /// <summary>The parameters of a route that scores: those of its path, and the routing key where a version is not given.</summary>
    internal static IEnumerable<OpenApiParameter> RouteParameters(string path)
    {
        foreach (var name in (string[])["model", "version"])
        {
            if (path.Contains($"{{{name}}}", StringComparison.Ordinal))
            {
                yield return new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Description = name == "model" ? "The model's name." : "A version that is loaded.",
                    Schema = name == "model"
                        ? new OpenApiSchema { Type = JsonSchemaType.String }
                        : new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
                    Example = name == "model" ? "iris" : 1,
                };
            }
        }

        if (!path.Contains("{version}", StringComparison.Ordinal))
        {
            yield return new OpenApiParameter
            {
                Name = RoutingKey.Header,
                In = ParameterLocation.Header,
                Description = "Whom the request is for: a canary answers the share of the keys that it was given. Without one the champion answers.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = "alice",
            };
        }
    }

    private static OpenApiResponse Answer(OpenApiOperationTransformerContext context) => new()
    {
        Description = "The prediction; for \"instances\" a list under \"predictions\" in the rows' order. \"prediction\" is the class index in the "
            + "signature's order, or the number of a regression, which has no label and no probabilities.",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = PredictionSchemas.Reference(context.Document!, PredictionSchemas.Answer),
                Examples = new Dictionary<string, IOpenApiExample>
                {
                    ["one"] = Example(
                        """
                        {"prediction":0,"label":"setosa","probabilities":{"setosa":0.99,"versicolor":0.01,"virginica":0},
                         "model":"iris","version":3,"id":"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11"}
                        """),
                    ["many"] = Example(
                        """
                        {"predictions":[{"prediction":0,"label":"setosa","probabilities":{"setosa":0.99,"versicolor":0.01,"virginica":0},
                         "id":"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11"}],"model":"iris","version":3}
                        """),
                },
            },
            ["text/csv"] = Text(
                "prediction,label,probability_setosa,probability_versicolor,probability_virginica,model,version,id\n"
                + "0,setosa,0.99,0.01,0,iris,3,019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11\n"),
            ["application/x-ndjson"] = Text(
                "{\"prediction\":0,\"label\":\"setosa\",\"probabilities\":{\"setosa\":0.99,\"versicolor\":0.01,\"virginica\":0},"
                + "\"model\":\"iris\",\"version\":3,\"id\":\"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11\"}\n"),
        },
    };

    private static OpenApiMediaType Text(string example) => new()
    {
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = JsonValue.Create(example),
    };

    /// <summary>The schema of problem documents.</summary>
    internal static IOpenApiSchema Problem(OpenApiOperationTransformerContext context) =>
        PredictionSchemas.Reference(context.Document!, PredictionSchemas.Problem);

    private static OpenApiExample Example(string json) => new() { Value = JsonNode.Parse(json) };
}
