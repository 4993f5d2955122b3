using Microsoft.OpenApi;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>The schemas that the prediction routes' description refers to by name.</summary>
internal static class PredictionSchemas
{
    public const string Request = "PredictRequest";
    public const string Answer = "PredictAnswer";
    public const string Problem = "Problem";
    private const string RowName = "Row";
    private const string Scored = "ScoredRow";

    /// <summary>A reference to one of the schemas, which all are in the document then.</summary>
    public static IOpenApiSchema Reference(OpenApiDocument document, string name)
    {
        document.AddComponent<IOpenApiSchema>(RowName, Row());
        document.AddComponent<IOpenApiSchema>(Request, RequestOf(document));
        document.AddComponent<IOpenApiSchema>(Scored, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "The answer to one row of many.",
            Required = new HashSet<string> { "prediction", "id" },
            Properties = RowMembers(),
        });
        document.AddComponent<IOpenApiSchema>(Answer, AnswerOf(document));
        document.AddComponent<IOpenApiSchema>(Problem, ProblemOf());
        return new OpenApiSchemaReference(name, document);
    }

    // Exactly one of the two members: told by the count, which every generator of clients understands.
    private static OpenApiSchema RequestOf(OpenApiDocument document) => new()
    {
        Type = JsonSchemaType.Object,
        Description = "One row as \"features\" or many as \"instances\"; exactly one of the two.",
        MinProperties = 1,
        MaxProperties = 1,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["features"] = new OpenApiSchemaReference(RowName, document),
            ["instances"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                MinItems = 1,
                Items = new OpenApiSchemaReference(RowName, document),
            },
        },
        AdditionalPropertiesAllowed = false,
    };

    private static OpenApiSchema AnswerOf(OpenApiDocument document)
    {
        var members = RowMembers();
        members.Add("predictions", new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Description = "For \"instances\": the answers in the rows' order, in place of the members of one.",
            Items = new OpenApiSchemaReference(Scored, document),
        });
        members.Add("model", new OpenApiSchema { Type = JsonSchemaType.String });
        members.Add("version", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The version that answered." });
        return new OpenApiSchema { Type = JsonSchemaType.Object, Required = new HashSet<string> { "model", "version" }, Properties = members };
    }

    private static Dictionary<string, IOpenApiSchema> RowMembers() => new()
    {
        ["prediction"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Number | JsonSchemaType.Null,
            Format = "double",
            Description = "The class index in the signature's order, or the number of a regression; null where it is not finite.",
        },
        ["label"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "The class itself; absent for a regression." },
        ["probabilities"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "A number for each class in the signature's order; absent for a regression.",
            AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number | JsonSchemaType.Null, Format = "double" },
        },
        ["id"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid", Description = "The key of the row in the history, for feedback." },
    };

    // The values' types are told in words: generators of clients take a list of either for a list of nothing, or the object for a list.
    private static OpenApiSchema Row() => new()
    {
        Description = "An array in the signature's order, or an object by column name; each value a number, a text or null. null, an absent "
            + "column and \"\" are missing.",
        AnyOf = [new OpenApiSchema { Type = JsonSchemaType.Array }, new OpenApiSchema { Type = JsonSchemaType.Object }],
    };

    private static OpenApiSchema ProblemOf() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457, with the place of the fault, what was expected there and what was found.",
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = Integer(null),
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["row"] = Integer("From 0."),
            ["column"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["expected"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["found"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["line"] = Integer("From 1."),
            ["byte"] = Integer("From 1, within the line."),
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
        },
    };

    private static OpenApiSchema Integer(string? description) =>
        new() { Type = JsonSchemaType.Integer, Format = "int64", Description = description };
}
