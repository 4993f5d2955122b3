using System.Diagnostics;
using System.Globalization;
using Analytics.Benchmarks.Load;

namespace Analytics.Benchmarks.Http;

/// <summary>What is put under load, and how it is started.</summary>
/// <param name="Name">As the results name it.</param>
/// <param name="Engine">What scores in it.</param>
/// <param name="Start">Its process on a port.</param>
/// <param name="ReadyPath">What answers with success once it serves.</param>
/// <param name="ApiKey">The key its requests need; null: none.</param>
internal sealed record HttpTarget(
    string Name, string Engine, Func<int, ProcessStartInfo> Start, string ReadyPath, string? ApiKey = null)
{
    /// <summary>
    /// The scorer as it runs in production: API keys, validation, history, telemetry sent to a collector. Without
    /// <paramref name="database"/> the history goes nowhere.
    /// </summary>
    public static HttpTarget Scorer(string name, BenchStore store, string cache, string? database, string collector) => new(
        name,
        "analytics",
        port => ScorerProcess.StartInfo(port, new Dictionary<string, string>
        {
            ["Store:Url"] = store.Url,
            ["Scorer:DefaultModel"] = "iris",
            ["Scorer:CacheFolder"] = Path.Combine(cache, name),
            ["Journal:Folder"] = Path.Combine(cache, "journal"),
            ["Journal:Sink"] = database is null ? "None" : "Postgres",
            ["ConnectionStrings:analytics"] = database ?? "",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }),
        "/health/ready",
        ScorerProcess.Key);

    /// <summary>A server that this program is itself, started with <c>peer NAME PORT</c>.</summary>
    public static HttpTarget Peer(string name, string engine) => new(
        name,
        engine,
        port => Program(Environment.ProcessPath!, ["peer", name, port.ToString(CultureInfo.InvariantCulture)], []),
        "/health");

    /// <summary>The stack that the product replaces, with as many workers as processors.</summary>
    public static HttpTarget Flask() => new(
        "flask",
        "scikit-learn",
        port => Program(
            "gunicorn",
            [
                "--workers", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), "--bind", $"127.0.0.1:{port}",
                "--chdir", Path.GetDirectoryName(BenchFiles.Peer("flask_app.py"))!, "--log-level", "warning", "flask_app:app",
            ],
            new() { ["IRIS_CSV"] = BenchFiles.Data("iris.csv") }),
        "/health");

    private static ProcessStartInfo Program(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = AppContext.BaseDirectory };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
