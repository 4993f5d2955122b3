namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>What the OpenAPI document says of the Open Inference Protocol.</summary>
internal static class OpenInferenceDescription
{
    private const string Columns =
        """
        {"id":"42","inputs":[
          {"name":"sepal_length","shape":[2,1],"datatype":"FP32","data":[5.1,6.7]},
          {"name":"sepal_width","shape":[2,1],"datatype":"FP32","data":[3.5,3.0]},
          {"name":"petal_length","shape":[2,1],"datatype":"FP32","data":[1.4,5.2]},
          {"name":"petal_width","shape":[2,1],"datatype":"FP32","data":[0.2,2.3]}],
         "outputs":[{"name":"label"},{"name":"probabilities"}]}
        """;

    private const string Matrix = """{"inputs":[{"name":"rows","shape":[2,4],"datatype":"FP64","data":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}]}""";

    private const string ColumnsAnswer =
        """
        {"model_name":"iris","model_version":"1","id":"42","outputs":[
          {"name":"label","shape":[2],"datatype":"BYTES","data":["setosa","virginica"]},
          {"name":"probabilities","shape":[2,3],"datatype":"FP32","data":[0.99,0.01,0,0,0.02,0.98]}]}
        """;

    private const string MatrixAnswer =
        """
        {"model_name":"iris","model_version":"1","outputs":[
          {"name":"prediction","shape":[2],"datatype":"INT64","data":[0,2]},
          {"name":"label","shape":[2],"datatype":"BYTES","data":["setosa","virginica"]},
          {"name":"probabilities","shape":[2,3],"datatype":"FP32","data":[0.99,0.01,0,0,0.02,0.98]},
          {"name":"id","shape":[2],"datatype":"BYTES","data":["019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11","019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e12"]}]}
        """;

    private const string Metadata =
        """
        {"name":"iris","versions":["1"],"platform":"onnx",
         "inputs":[{"name":"sepal_length","datatype":"FP32","shape":[-1,1]},{"name":"sepal_width","datatype":"FP32","shape":[-1,1]},
           {"name":"petal_length","datatype":"FP32","shape":[-1,1]},{"name":"petal_width","datatype":"FP32","shape":[-1,1]}],
         "outputs":[{"name":"prediction","datatype":"INT64","shape":[-1]},{"name":"label","datatype":"BYTES","shape":[-1]},
           {"name":"probabilities","datatype":"FP32","shape":[-1,3]},{"name":"id","datatype":"BYTES","shape":[-1]}]}
        """;

    private const string NoKey = "No API key, or one that is not known.";
    private const string NoModel = "There is no such model, or the version is not loaded.";
    private const string NotReady = "No version is loaded yet.";

    public static readonly DescribedCall ServerLive = Probe("ServerLive", "That the server answers.", """{"live":true}""", []);

    public static readonly DescribedCall ServerReady = Probe(
        "ServerReady", "Whether the server is ready; the status decides.", """{"ready":true,"live":true}""", new() { ["503"] = "It is not; the body says \"ready\": false." });

    public static readonly DescribedCall ServerMetadata = Call("ServerMetadata", "The server's name and version.") with
    {
        Answers = [("server", """{"name":"analytics-scorer","version":"0.1.0","extensions":["model_repository"]}""")],
    };

    public static readonly DescribedCall RepositoryIndex = Call("RepositoryIndex", "Each version that is known, with its state (Triton's extension).") with
    {
        Errors = new Dictionary<string, string> { ["400"] = "The body is not of the form.", ["401"] = NoKey },
        Requests = [("application/json", "all", "{}"), ("application/json", "ready", """{"ready":true}""")],
        RequestIsRequired = false,
        Answers = [("index", """[{"name":"iris","version":"1","state":"READY","reason":""}]""")],
    };

    public static DescribedCall ModelReady(bool version) => Probe(
        version ? "VersionReady" : "ModelReady", version ? "Whether a version is loaded." : "Whether a model has a version that answers.",
        """{"name":"iris","ready":true}""", new() { ["404"] = NoModel, ["503"] = NotReady });

    public static DescribedCall ModelMetadata(bool version) => Call(
        version ? "VersionMetadata" : "ModelMetadata", version ? "The tensors of a version." : "The tensors of a model's champion.") with
    {
        Errors = new Dictionary<string, string> { ["401"] = NoKey, ["404"] = NoModel, ["503"] = NotReady },
        Answers = [("iris", Metadata)],
    };

    public static DescribedCall Infer(bool version) => Call(
        version ? "InferVersion" : "InferModel", version ? "Scores rows given as tensors with a version." : "Scores rows given as tensors with a model's champion.") with
    {
        IsRouted = true,
        Errors = new Dictionary<string, string>
        {
            ["400"] = "The body is not of the form, or shape, data and columns do not agree; names the place, what was expected and what was found.",
            ["401"] = NoKey,
            ["404"] = NoModel,
            ["406"] = "Accept has no place for JSON.",
            ["408"] = "The body was not there in time.",
            ["413"] = "The body or the number of rows is over the bound.",
            ["415"] = "The body is not application/json in UTF-8.",
            ["429"] = "The client sends more requests than it may; try again after Retry-After seconds.",
            ["503"] = "No version is loaded yet, the scorer is at its limit, or the prediction cannot be recorded; try again after Retry-After seconds.",
        },
        Requests = [("application/json", "columns", Columns), ("application/json", "matrix", Matrix)],
        Answers = [("columns", ColumnsAnswer), ("matrix", MatrixAnswer)],
    };

    private static DescribedCall Call(string id, string summary) => new(id, "Open Inference Protocol", summary)
    {
        Error = ("InferenceError", ["error"]),
        Errors = new Dictionary<string, string> { ["401"] = NoKey },
    };

    // A probe has no key.
    private static DescribedCall Probe(string id, string summary, string answer, Dictionary<string, string> errors) => Call(id, summary) with
    {
        IsOpen = true,
        Errors = errors,
        Answers = [("answer", answer)],
    };
}
