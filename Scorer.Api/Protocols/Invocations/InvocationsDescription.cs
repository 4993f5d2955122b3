namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>What the OpenAPI document says of the calls of SageMaker and MLflow.</summary>
internal static class InvocationsDescription
{
    private const string Json = "application/json";
    private const string Names = """["sepal_length","sepal_width","petal_length","petal_width"]""";
    private const string Rows = "[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]";

    public static readonly DescribedCall Ping = Call("Ping", "Whether the server is ready; the answer is empty.") with
    {
        IsOpen = true,
        AnswerType = null,
        Errors = new Dictionary<string, string>(),
    };

    public static readonly DescribedCall Version = Call("Version", "The server's version, as MLflow asks for it.") with
    {
        AnswerType = "text/plain",
        Answers = [("version", "0.1.0")],
    };

    public static readonly DescribedCall Invoke = Call("Invoke", "Scores rows with the default model, in the forms of MLflow and of SageMaker.") with
    {
        IsRouted = true,
        Errors = new Dictionary<string, string>
        {
            ["400"] = "The body is not one of the forms, or a value does not fit its column; names the place and what was expected.",
            ["401"] = "No API key, or one that is not known.",
            ["406"] = "No form of the answer that Accept names.",
            ["408"] = "The body was not there in time.",
            ["413"] = "The body or the number of rows is over the bound.",
            ["415"] = "The body is not JSON, CSV or JSON lines in UTF-8.",
            ["429"] = "The client sends more requests than it may; try again after Retry-After seconds.",
            ["503"] = "No version is loaded yet, the scorer is at its limit, or the prediction cannot be recorded; try again after Retry-After seconds.",
        },
        Requests =
        [
            (Json, "dataframe_split", $$$"""{"dataframe_split":{"columns":{{{Names}}},"data":{{{Rows}}}}}"""),
            (Json, "dataframe_records", """{"dataframe_records":[{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}]}"""),
            (Json, "instances", $$$"""{"instances":{{{Rows}}},"params":{"predict_method":"predict_proba"}}"""),
            (Json, "inputs", """{"inputs":{"sepal_length":[5.1],"sepal_width":[3.5],"petal_length":[1.4],"petal_width":[0.2]}}"""),
            ("text/csv", "header", "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n"),
            ("text/csv", "rows", "5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n"),
            ("application/jsonlines", "rows", "[5.1,3.5,1.4,0.2]\n[6.7,3.0,5.2,2.3]\n"),
        ],
        Answers = [("labels", """{"predictions":["setosa","virginica"]}"""), ("probabilities", """{"predictions":[[0.99,0.01,0],[0,0.02,0.98]]}""")],
    };

    private static DescribedCall Call(string id, string summary) => new(id, "SageMaker and MLflow", summary)
    {
        Error = ("InvocationError", ["error_code", "message"]),
        Errors = new Dictionary<string, string> { ["401"] = "No API key, or one that is not known." },
    };
}
