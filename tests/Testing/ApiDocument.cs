using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Analytics.Testing;

/// <summary>A service's description (OpenAPI), for tests that lint it and execute its examples.</summary>
public sealed class ApiDocument(string json)
{
    private const string Linter = "@redocly/cli@2.77.0";
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head"];

    private readonly JsonObject _document = JsonNode.Parse(json)!.AsObject();

    /// <summary>The version of OpenAPI.</summary>
    public string Version => (string)_document["openapi"]!;

    /// <summary>The calls that its examples make, in the document's order; an operation without parameters and body is a call as it is.</summary>
    public IEnumerable<ApiCall> Calls()
    {
        foreach (var (path, item) in _document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject().Where(m => Methods.Contains(m.Key)))
            {
                foreach (var (type, body) in Bodies(operation!.AsObject()))
                {
                    yield return Call(path, method, operation.AsObject(), type, body);
                }
            }
        }
    }

    /// <summary>
    /// Lints the document with the rules of <c>redocly.yaml</c>; returns what the linter says, or null when there is nothing to say. Skips the test
    /// where npm is not installed.
    /// </summary>
    public async Task<string?> LintAsync(CancellationToken cancellationToken)
    {
        if (TestServers.FindProgram("npx") is not { } npx)
        {
            Assert.Skip("npx is not installed (apt-get install npm); the description is not linted.");
            return null;
        }

        var folder = Directory.CreateTempSubdirectory("analytics-openapi-").FullName;
        try
        {
            var file = Path.Combine(folder, "openapi.json");
            await File.WriteAllTextAsync(file, json, cancellationToken);
            var start = new ProcessStartInfo(
                npx, ["--yes", Linter, "lint", "--config", Path.Combine(RepositoryFiles.Root, "redocly.yaml"), "--format", "stylish", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            };
            start.Environment["REDOCLY_TELEMETRY"] = "off";
            start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? null : await output + await error;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ApiCall Call(string path, string method, JsonObject operation, string? type, string? body)
    {
        var query = new List<string>();
        var headers = new Dictionary<string, string>();
        var missing = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var name = (string)parameter!["name"]!;
            var required = (bool?)parameter["required"] == true;
            if (parameter["example"] is not { } example)
            {
                missing.AddRange(required ? [name] : []);
                continue;
            }

            var value = example.ToString();
            switch ((string)parameter["in"]!)
            {
                case "path":
                    path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value), StringComparison.Ordinal);
                    break;
                case "query":
                    query.Add($"{name}={Uri.EscapeDataString(value)}");
                    break;
                case "header":
                    headers.Add(name, value);
                    break;
            }
        }

        if (operation["requestBody"] is not null && body is null)
        {
            missing.Add("the body");
        }

        return new ApiCall(
            (string?)operation["operationId"] ?? "", (string?)operation["tags"]?[0] ?? "", method.ToUpperInvariant(),
            query.Count == 0 ? path : $"{path}?{string.Join('&', query)}", headers, type, body, missing, operation["responses"]!.AsObject());
    }

    private static IEnumerable<(string? Type, string? Body)> Bodies(JsonObject operation)
    {
        if (operation["requestBody"]?["content"] is not JsonObject content)
        {
            return [(null, null)];
        }

        var bodies = new List<(string? Type, string? Body)>();
        foreach (var (type, media) in content)
        {
            var examples = media!["examples"] is JsonObject named ? named.Select(e => e.Value!["value"]) : [media["example"]];
            bodies.AddRange(examples.OfType<JsonNode>().Select(e => ((string?)type, (string?)(e is JsonValue text && text.TryGetValue<string>(out var t) ? t : e.ToJsonString()))));
        }

        return bodies.Count == 0 ? [(null, null)] : bodies;
    }
}

/// <summary>A call that the description shows.</summary>
/// <param name="Operation">The operation's id.</param>
/// <param name="Tag">Its first tag.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path with the examples of its parameters.</param>
/// <param name="Headers">Headers with examples.</param>
/// <param name="ContentType">The body's type; null without one.</param>
/// <param name="Body">The body.</param>
/// <param name="Missing">What has no example and needs one.</param>
/// <param name="Responses">The answers described.</param>
public sealed record ApiCall(
    string Operation, string Tag, string Method, string Path, IReadOnlyDictionary<string, string> Headers, string? ContentType, string? Body,
    IReadOnlyList<string> Missing, JsonObject Responses)
{
    /// <summary>Sends it and holds the answer against what is described: its status, its media type and, of a JSON object, its members.</summary>
    public async Task<string> ExecuteAsync(HttpClient client, CancellationToken cancellationToken)
    {
        Assert.True(Missing.Count == 0, $"{Operation} has no example of {string.Join(", ", Missing)}.");
        using var request = new HttpRequestMessage(new HttpMethod(Method), new Uri(Path, UriKind.Relative));
        if (Body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType!);
        }

        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await client.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        Assert.True(answer.IsSuccessStatusCode && Responses.ContainsKey(status), $"{Operation} ({Method} {Path}) answers {status}: {text}");
        if (Responses[status]!["content"] is JsonObject content)
        {
            var type = answer.Content.Headers.ContentType?.MediaType ?? "none";
            Assert.True(content.ContainsKey(type), $"{Operation} answers with {type}; described: {string.Join(", ", content.Select(c => c.Key))}.");
            CompareMembers(content[type]!, text);
        }

        return text;
    }

    // An example shows the members that the answer has; which of several, the answer decides.
    private void CompareMembers(JsonNode media, string text)
    {
        JsonNode?[] examples = media["examples"] is JsonObject named ? [.. named.Select(e => e.Value!["value"])] : [media["example"]];
        var objects = examples.OfType<JsonObject>().Select(Members).ToList();
        if (objects.Count > 0)
        {
            var found = Members(JsonNode.Parse(text)!.AsObject());
            Assert.True(objects.Contains(found), $"{Operation} answers with the members {found}; the example has {string.Join(" or ", objects)}.");
        }
    }

    private static string Members(JsonObject value) => string.Join(", ", value.Select(m => m.Key).Order(StringComparer.Ordinal));
}
