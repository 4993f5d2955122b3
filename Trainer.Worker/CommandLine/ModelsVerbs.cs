using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary><c>models</c>, <c>promote</c> and <c>rollback</c>.</summary>
internal static class ModelsVerbs
{
    private const string Champion = "champion";

    private static readonly Argument<string> Model = new("model") { Description = "The model." };
    private static readonly Argument<string?> OneModel = new("model") { Description = "A model to show; else all are listed.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<int?> Version = new("version") { Description = "The version; else the challenger's.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Alias = new("--alias") { Description = "The alias to set.", DefaultValueFactory = _ => Champion };
    private static readonly Option<string> Reason = new("--reason", "-r") { Description = "Why: what the next operator reads.", Required = true };

    public static Command Create(Verb verb) => verb.Create(
        "models",
        "List the models, or show one's versions and aliases.",
        [OneModel],
        async (parsed, client, terminal, cancellationToken) =>
        {
            var model = parsed.GetValue(OneModel);
            var answer = await client.GetAsync(model is null ? "/models" : $"/models/{Uri.EscapeDataString(model)}", cancellationToken);
            terminal.Answer(answer, console => Write(console, answer, model is null));
            return 0;
        });

    public static Command CreatePromote(Verb verb) => verb.Create(
        "promote",
        "Set an alias to a version: champion is what is served.",
        [Model, Version, Alias, Reason],
        async (parsed, client, terminal, cancellationToken) =>
        {
            var (model, alias) = (parsed.GetValue(Model)!, parsed.GetValue(Alias)!);
            var version = parsed.GetValue(Version) ?? await ChallengerAsync(client, model, cancellationToken);
            var read = await client.TryGetAsync(Path(model, alias), cancellationToken);
            return await SetAsync(client, terminal, model, alias, version, parsed.GetValue(Reason)!, read?.ETag, cancellationToken);
        });

    public static Command CreateRollback(Verb verb) => verb.Create(
        "rollback",
        "Set an alias back to the version that it named before.",
        [Model, Alias, Reason],
        async (parsed, client, terminal, cancellationToken) =>
        {
            var (model, alias) = (parsed.GetValue(Model)!, parsed.GetValue(Alias)!);
            if (await client.TryGetAsync(Path(model, alias), cancellationToken) is not ({ } body, var etag))
            {
                throw new CommandFailedException($"Alias '{alias}' of model '{model}' was never set; there is nothing to roll back.");
            }

            var current = body.Member("current")?.Number("version");
            var before = body.Items("history").Select(s => s.Number("version")).FirstOrDefault(v => v != current)
                ?? throw new CommandFailedException($"Alias '{alias}' of model '{model}' named no version but {current}; there is nothing to roll back to.");
            return await SetAsync(client, terminal, model, alias, (int)before, parsed.GetValue(Reason)!, etag, cancellationToken);
        });

    // With the tag of the setting that was looked at: somebody else's change meanwhile is not undone unseen.
    private static async Task<int> SetAsync(
        OperatorClient client, Terminal terminal, string model, string alias, int version, string reason, string? etag, CancellationToken cancellationToken)
    {
        var setting = await client.SendAsync(HttpMethod.Put, Path(model, alias), new { version, reason }, cancellationToken, ("If-Match", etag));
        terminal.Answer(setting, console => console.WriteLine($"The {alias} of {model} is version {setting.Text("version")}."));
        return 0;
    }

    private static async Task<int> ChallengerAsync(OperatorClient client, string model, CancellationToken cancellationToken) =>
        await client.TryGetAsync(Path(model, "challenger"), cancellationToken) is ({ } body, _)
            ? (int)body.Member("current")!.Value.Number("version")!
            : throw new CommandFailedException($"Model '{model}' has no challenger; name the version: promote {model} VERSION.");

    private static string Path(string model, string alias) => $"/models/{Uri.EscapeDataString(model)}/aliases/{Uri.EscapeDataString(alias)}";

    private static void Write(IAnsiConsole console, JsonElement answer, bool all)
    {
        if (all)
        {
            var models = Terminal.Table("model", "versions", "newest", Champion);
            foreach (var model in answer.Items("models"))
            {
                models.AddRow(RunTables.Escaped(model.Text("name"), model.Text("versions"), model.Text("newest"), model.Text(Champion)));
            }

            console.Write(models);
            return;
        }

        var aliases = answer.Member("aliases")?.EnumerateObject().ToLookup(a => a.Value.Text("version"), a => a.Name);
        var versions = Terminal.Table("version", "aliases", "created", "algorithm", "accuracy", "run");
        foreach (var version in answer.Items("versions"))
        {
            versions.AddRow(RunTables.Escaped(
                version.Text("version"), string.Join(", ", aliases?[version.Text("version")] ?? []), version.Time("created"), version.Text("algorithm"),
                JsonReading.Short(version.Member("metrics")?.Number("accuracy")), version.Text("runId")));
        }

        console.Write(versions);
    }
}
