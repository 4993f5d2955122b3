using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary><c>dataset put</c> and <c>dataset show</c>.</summary>
internal static class DatasetVerbs
{
    private static readonly Argument<string> Name = new("name") { Description = "The data set." };
    private static readonly Argument<string?> OneName = new("name") { Description = "The data set; else all are listed.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<FileInfo> File = new("file") { Description = "The file to upload." };
    private static readonly Option<string> Label = new("--label") { Description = "The label column." };
    private static readonly Option<string[]> Include = new("--include") { Description = "The only columns to use; repeat it for each." };
    private static readonly Option<string[]> Exclude = new("--exclude") { Description = "A column to leave out; repeat it for each." };
    private static readonly Option<string[]> Text = new("--text") { Description = "A column of names that look like numbers; repeat it for each." };
    private static readonly Option<string[]> Class = new("--class") { Description = "A class, in the order they shall have; repeat it for each." };

    public static Command Create(Verb verb)
    {
        var dataset = new Command("dataset", "Data sets: put and show.");
        dataset.Subcommands.Add(verb.Create("put", "Upload a data set, or replace one.", [Name, File, Label, Include, Exclude, Text, Class], PutAsync));
        dataset.Subcommands.Add(verb.Create("show", "Show a data set, or list all.", [OneName], ShowAsync));
        return dataset;
    }

    private static async Task<int> PutAsync(ParseResult parsed, OperatorClient client, Terminal terminal, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(File)!;
        if (!file.Exists)
        {
            throw new CommandFailedException($"There is no file {file.FullName}.");
        }

        var query = new List<string>();
        Add(query, "label", parsed.GetValue(Label) is { } label ? [label] : null);
        Add(query, "include", parsed.GetValue(Include));
        Add(query, "exclude", parsed.GetValue(Exclude));
        Add(query, "text", parsed.GetValue(Text));
        Add(query, "class", parsed.GetValue(Class));
        var path = $"/datasets/{Uri.EscapeDataString(parsed.GetValue(Name)!)}{(query.Count == 0 ? "" : "?" + string.Join('&', query))}";
        var type = file.Extension.Equals(".csv", StringComparison.OrdinalIgnoreCase) ? "text/csv" : "application/octet-stream";
        var answer = await client.PutFileAsync(path, file, type, cancellationToken);
        terminal.Answer(answer, console => console.WriteLine(
            $"Data set {answer.Text("name")}: {answer.Text("rows")} rows, {answer.Items("columns").Count()} columns, {answer.Text("bytes")} bytes."));
        return 0;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, OperatorClient client, Terminal terminal, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(OneName);
        var answer = await client.GetAsync(name is null ? "/datasets" : $"/datasets/{Uri.EscapeDataString(name)}", cancellationToken);
        terminal.Answer(answer, console => Write(console, answer));
        return 0;
    }

    // Whatever is known of it, one line each; the API is the page that explains it.
    private static void Write(IAnsiConsole console, JsonElement answer)
    {
        var table = Terminal.Table("", "");
        table.HideHeaders();
        foreach (var member in answer.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
        {
            var value = member.Value.ValueKind == JsonValueKind.Array
                ? string.Join(", ", member.Value.EnumerateArray().Select(v => v.ToString()))
                : member.Value.ToString();
            table.AddRow(RunTables.Escaped(member.Name, value));
        }

        console.Write(table);
    }

    private static void Add(List<string> query, string name, string[]? values) =>
        query.AddRange((values ?? []).Select(v => $"{name}={Uri.EscapeDataString(v)}"));
}
