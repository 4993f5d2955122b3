using Analytics.ServiceDefaults.Description;

namespace Analytics.Scorer.Api.Serving;

/// <summary>What the description shows of the calls about models.</summary>
internal static class ModelsExamples
{
    private const string Model =
        """
        {"name":"iris","default":true,"version":1,"wanted":1,"problem":null,
         "versions":[{"version":1,"state":"ready","reason":null,"since":"2026-11-25T12:00:00+00:00","attempts":0,"nextAttempt":null,"engine":"compiled-forest"}],
         "challenger":null}
        """;

    public static IReadOnlyDictionary<string, OperationExample> ByOperation { get; } = new Dictionary<string, OperationExample>
    {
        ["ListModels"] = new() { Response = $$"""{"models":[{{Model}}]}""" },
        ["GetModel"] = new()
        {
            Parameters = new Dictionary<string, System.Text.Json.Nodes.JsonNode> { ["model"] = "iris" },
            Response =
                $$$"""
                {"model":{{{Model}}},
                 "signature":{"inputs":[{"name":"sepal_length","type":"number","required":true,"categories":null},
                   {"name":"sepal_width","type":"number","required":true,"categories":null},
                   {"name":"petal_length","type":"number","required":true,"categories":null},
                   {"name":"petal_width","type":"number","required":true,"categories":null}],
                  "output":{"name":"species","kind":"classes","classes":["setosa","versicolor","virginica"]} } }
                """,
        },
    };
}
