using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary><c>train MODEL</c>: queues a run, and follows it where asked.</summary>
internal static class TrainVerb
{
    private static readonly Argument<string> Model = new("model") { Description = "The model to make a version of." };
    private static readonly Option<string> Dataset = new("--dataset", "-d")
    {
        Description = "The data set; else that of the model's newest run, else the one with the model's name.",
    };
    private static readonly Option<string> Label = new("--label") { Description = "The label column; else the data set's own." };
    private static readonly Option<string[]> Include = new("--include") { Description = "The only columns to use; repeat it for each." };
    private static readonly Option<string[]> Exclude = new("--exclude") { Description = "A column to leave out; repeat it for each." };
    private static readonly Option<string> Algorithm = new("--algorithm", "-a") { Description = "The algorithm; else the trainer's default." };
    private static readonly Option<string[]> Parameter = new("--param", "-p") { Description = "A parameter, as trees=200; repeat it for each." };
    private static readonly Option<string> Promote = new("--promote") { Description = "auto, never or force; else auto." };
    private static readonly Option<string> Split = new("--split")
    {
        Description = "How rows are held out: hash, time:COLUMN or group:COLUMN, with :SHARE behind it; else as the data set says.",
    };
    private static readonly Option<FileInfo> Schema = new("--schema")
    {
        Description = "A JSON file with what is said of the data, in the form of the data set's schema.",
    };
    private static readonly Option<string> Duplicate = new("--duplicate")
    {
        Description = "While a queued run asks for the same: allow, merge or refuse; else allow.",
    };
    private static readonly Option<string> Key = new("--idempotency-key") { Description = "Makes a repeated request the same run." };
    private static readonly Option<bool> Follow = new("--follow", "-f")
    {
        Description = "Show the progress until the run ends; exit with 1 unless it succeeds. Ctrl+C ends the showing, not the run.",
    };

    public static Command Create(Verb verb) => verb.Create(
        "train",
        "Queue a training run.",
        [Model, Dataset, Label, Include, Exclude, Algorithm, Parameter, Promote, Split, Schema, Duplicate, Key, Follow],
        RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, OperatorClient client, Terminal terminal, CancellationToken cancellationToken)
    {
        var model = parsed.GetValue(Model)!;
        var body = new Dictionary<string, object?>
        {
            ["dataset"] = parsed.GetValue(Dataset) ?? await UsualDatasetAsync(client, model, cancellationToken),
            ["label"] = parsed.GetValue(Label),
            ["include"] = OrNull(parsed.GetValue(Include)),
            ["exclude"] = OrNull(parsed.GetValue(Exclude)),
            ["algorithm"] = parsed.GetValue(Algorithm),
            ["parameters"] = Parameters(parsed.GetValue(Parameter) ?? []),
            ["promote"] = parsed.GetValue(Promote),
            ["split"] = SplitOf(parsed.GetValue(Split)),
            ["schema"] = await SchemaOfAsync(parsed.GetValue(Schema), cancellationToken),
        };
        var duplicate = parsed.GetValue(Duplicate) is { } policy ? $"?duplicate={Uri.EscapeDataString(policy)}" : "";
        var run = await client.SendAsync(
            HttpMethod.Post,
            $"/models/{Uri.EscapeDataString(model)}/runs{duplicate}",
            body.Where(b => b.Value is not null).ToDictionary(),
            cancellationToken,
            ("Idempotency-Key", parsed.GetValue(Key)));
        if (parsed.GetValue(Follow))
        {
            return await RunFollower.FollowAsync(client, terminal, run, cancellationToken);
        }

        terminal.Answer(run, console => RunTables.WriteRun(console, run));
        return 0;
    }

    private static async Task<string> UsualDatasetAsync(OperatorClient client, string model, CancellationToken cancellationToken)
    {
        var runs = await client.GetAsync($"/runs?model={Uri.EscapeDataString(model)}&limit=1", cancellationToken);
        return runs.Items("runs").FirstOrDefault().Text("dataset") ?? model;
    }

    private static Dictionary<string, JsonElement>? Parameters(string[] given)
    {
        var parameters = new Dictionary<string, JsonElement>();
        foreach (var text in given)
        {
            if (text.IndexOf('=', StringComparison.Ordinal) is var at && at < 1)
            {
                throw new CommandFailedException($"A parameter is name=value, such as trees=200; found '{text}'.");
            }

            if (!parameters.TryAdd(text[..at], Value(text[(at + 1)..])))
            {
                throw new CommandFailedException($"Parameter '{text[..at]}' is given twice.");
            }
        }

        return parameters.Count == 0 ? null : parameters;
    }

    private static Dictionary<string, object>? SplitOf(string? text)
    {
        if (text is null)
        {
            return null;
        }

        // A column's name may have colons itself; the share is a number behind the last one.
        var parts = text.Split(':', 2);
        var split = new Dictionary<string, object> { ["by"] = parts[0] };
        var rest = parts.Length > 1 ? parts[1] : "";
        if (rest.LastIndexOf(':') is var at && double.TryParse(rest[(at + 1)..], CultureInfo.InvariantCulture, out var share))
        {
            split["share"] = share;
            rest = rest[..Math.Max(0, at)];
        }

        if (rest.Length > 0)
        {
            split["column"] = rest;
        }

        return split;
    }

    private static async Task<JsonElement?> SchemaOfAsync(FileInfo? file, CancellationToken cancellationToken)
    {
        try
        {
            return file is null ? null : JsonDocument.Parse(await File.ReadAllBytesAsync(file.FullName, cancellationToken)).RootElement;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"--schema: '{file!.FullName}' cannot be read as JSON: {e.Message}");
        }
    }

    // A number or true is meant as such; anything else is a text, with or without quotes.
    private static JsonElement Value(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }

    private static string[]? OrNull(string[]? names) => names is { Length: > 0 } ? names : null;
}
