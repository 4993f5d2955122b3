using System.Text.Json.Nodes;
using Analytics.ServiceDefaults.Description;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>What the description shows of each call.</summary>
internal static class OperatorExamples
{
    private const string RunId = "01a21434-0727-711a-974d-936160453871";

    private const string Run =
        $$"""
        {"id":"{{RunId}}","model":"iris","dataset":"iris","algorithm":"random-forest","label":null,"include":null,"exclude":null,
         "parameters":{"trees":50},"choices":null,"promote":"auto","state":"queued","stage":null,"progress":0,"rows":null,"rowsPerSecond":null,"remainingSeconds":null,"attempt":0,"requestedBy":"ann",
         "requestedAt":"2026-11-25T12:00:00+00:00","startedAt":null,"endedAt":null,"cancelRequestedAt":null,"cancelRequestedBy":null,
         "worker":null,"version":null,"promoted":null,"metrics":null,"gate":null,"data":null,"warnings":null,"error":null,"traceId":null}
        """;

    private const string Schedule =
        """
        {"model":"iris","cron":"30 4 * * MON-FRI","timeZone":"Europe/Berlin","missed":"once","run":{"dataset":"iris"},"setBy":"ann",
         "setAt":"2026-11-25T12:00:00+00:00","next":["2026-11-26T03:30:00+00:00","2026-11-27T03:30:00+00:00","2026-11-30T03:30:00+00:00"],
         "lastAt":null,"lastRun":null,"lastError":null}
        """;

    private const string Setting =
        """{"version":1,"sequence":2,"setBy":"ann","setAt":"2026-11-25T12:00:00+00:00","reason":"first try","share":5}""";

    private const string Erasure =
        """
        {"id":"01a21434-0727-711a-974d-936160453871","client":"shop","reason":"contract ended","requestedBy":"ann",
         "requestedAt":"2026-11-25T12:00:00+00:00","state":"open","completedAt":null,"appliedAt":null,"requests":0,"predictions":0,"feedback":0}
        """;

    private const string Upload =
        """
        {"name":"flowers","bytes":118,"sha256":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef","rows":6,
         "columns":["petal_length","petal_width","species"]}
        """;

    public static IReadOnlyDictionary<string, OperationExample> ByOperation { get; } = new Dictionary<string, OperationExample>
    {
        ["PutDataset"] = new()
        {
            Parameters = Named(("name", "flowers"), ("label", "species")),
            RequestType = "text/csv",
            RequestText = "petal_length,petal_width,species\n1.4,0.2,setosa\n1.3,0.3,setosa\n4.7,1.4,versicolor\n4.5,1.5,versicolor\n6.0,2.5,virginica\n5.1,1.9,virginica\n",
            Response = Upload,
            Statuses = ["200", "201"],
        },
        ["ListDatasets"] = new() { Response = """{"datasets":["flowers","iris"]}""" },
        ["GetDataset"] = new()
        {
            Parameters = Named(("name", "flowers")),
            Response =
                """
                {"name":"flowers","bytes":118,"files":["data.csv"],"sha256":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef","rows":6,
                 "columns":["petal_length","petal_width","species"],
                 "schema":{"label":"species","include":null,"exclude":null,"classes":null,"text":null},
                 "split":null,"uploadedBy":"ann","uploadedAt":"2026-11-25T12:00:00+00:00",
                 "profile":{"rows":6,"columns":[
                   {"name":"species","type":"text","missingShare":0,"distinctCount":3,"numbers":null,"topValues":[{"value":"setosa","count":2}]}]},
                 "fault":null}
                """,
        },
        ["QueueRun"] = new()
        {
            Parameters = Named(("model", "iris"), ("Idempotency-Key", "nightly-2026-11-25"), ("duplicate", "merge")),
            Request = """{"dataset":"iris","parameters":{"trees":50},"promote":"auto"}""",
            Response = Run,
            Statuses = ["202"],
        },
        ["ListRuns"] = new()
        {
            Parameters = Named(("model", "iris"), ("state", "queued"), ("limit", 10)),
            Response = $$"""{"runs":[{{Run}}],"next":null}""",
        },
        ["GetRun"] = new() { Parameters = Named(("id", RunId)), Response = Run },
        ["GetRunEvents"] = new() { Parameters = Named(("id", RunId)) },
        ["CancelRun"] = new() { Parameters = Named(("id", RunId)), Response = Run.Replace("\"queued\"", "\"cancelled\"", StringComparison.Ordinal), Statuses = ["200", "202"] },
        ["CompareRuns"] = new()
        {
            Parameters = Named(("a", RunId), ("b", RunId)),
            Response =
                $$"""
                {"a":{{Run}},"b":{{Run}},"settings":[{"name":"algorithm","a":"random-forest","b":"random-forest","differs":false}],
                 "parameters":[{"name":"trees","a":50,"b":50,"differs":false}],"metrics":[]}
                """,
        },
        ["SetSchedule"] = new()
        {
            Parameters = Named(("model", "iris")),
            Request = """{"cron":"30 4 * * MON-FRI","timeZone":"Europe/Berlin","missed":"once","run":{"dataset":"iris"}}""",
            Response = Schedule,
        },
        ["GetSchedule"] = new() { Parameters = Named(("model", "iris")), Response = Schedule },
        ["ListSchedules"] = new() { Response = $$"""{"schedules":[{{Schedule}}]}""" },
        ["RemoveSchedule"] = new() { Parameters = Named(("model", "iris")), Statuses = ["204"] },
        ["ListModels"] = new() { Response = """{"models":[{"name":"iris","versions":1,"newest":1,"champion":1}]}""" },
        ["GetModel"] = new() { Parameters = Named(("model", "iris"), ("limit", 10)) },
        ["GetVersion"] = new() { Parameters = Named(("model", "iris"), ("version", 1)) },
        ["SetAlias"] = new()
        {
            Parameters = Named(("model", "iris"), ("alias", "challenger")),
            Request = """{"version":1,"reason":"first try","share":5}""",
            Response = Setting,
        },
        ["GetAlias"] = new()
        {
            Parameters = Named(("model", "iris"), ("alias", "challenger")),
            Response = $$"""{"current":{{Setting}},"history":[{{Setting}}]}""",
        },
        ["OrderErasure"] = new() { Request = """{"client":"shop","reason":"contract ended"}""", Response = Erasure, Statuses = ["202"] },
        ["ListErasures"] = new() { Parameters = Named(("limit", 10)), Response = $$"""{"erasures":[{{Erasure}}]}""" },
        ["GetErasure"] = new() { Parameters = Named(("id", "01a21434-0727-711a-974d-936160453871")), Response = Erasure },
    };

    private static Dictionary<string, JsonNode> Named(params (string Name, JsonNode Value)[] values) =>
        values.ToDictionary(v => v.Name, v => v.Value);
}
