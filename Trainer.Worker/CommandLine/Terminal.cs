using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>
/// Where a verb's answer goes: tables for a person, or one JSON document on standard output and nothing else for a program.
/// </summary>
internal sealed class Terminal
{
    // The quotes of sentences are to be read; nobody takes this for HTML.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public Terminal(TextWriter output, TextWriter error, bool json)
    {
        (_output, _error, IsJson) = (output, error, json);
        Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!Console.Profile.Out.IsTerminal)
        {
            // A pipe has no width; what is cut there is lost.
            Console.Profile.Width = 200;
        }
    }

    /// <summary>True for a program's ear.</summary>
    public bool IsJson { get; }

    /// <summary>The console of tables and bars.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>True where a bar can move.</summary>
    public bool IsLive => !IsJson && Console.Profile.Out.IsTerminal && Console.Profile.Capabilities.Ansi;

    /// <summary>Writes the answer: as it came, or as the table that is made of it.</summary>
    public void Answer(JsonElement answer, Action<IAnsiConsole> table)
    {
        if (IsJson)
        {
            _output.WriteLine(JsonSerializer.Serialize(answer, Indented));
        }
        else
        {
            table(Console);
        }
    }

    /// <summary>A line on the way; a program does not get it.</summary>
    public void Say(string line)
    {
        if (!IsJson)
        {
            _output.WriteLine(line);
        }
    }

    /// <summary>What went wrong.</summary>
    public void Fail(CommandFailedException failure) =>
        _error.WriteLine(IsJson ? JsonSerializer.Serialize(failure.Problem, Indented) : failure.Message);

    /// <summary>A table with these columns.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table().RoundedBorder();
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)));
        }

        return table;
    }
}
