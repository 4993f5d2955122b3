using System.CommandLine;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>What the verbs have in common: whom they talk to, and how they answer.</summary>
internal sealed class Verb
{
    /// <summary>The exit code of what could not be done, or of a run that did not succeed.</summary>
    public const int Failed = 1;

    /// <summary>The exit code after Ctrl+C, as a shell has it.</summary>
    public const int Interrupted = 130;

    private const string UrlVariable = "ANALYTICS_TRAINER_URL";
    private const string KeyVariable = "ANALYTICS_API_KEY";
    private const string Standard = "http://localhost:5001";

    private readonly Option<string> _url = new("--url")
    {
        Description = $"The trainer's address; else {UrlVariable}, else {Standard}.",
        Recursive = true,
    };

    private readonly Option<string> _key = new("--key")
    {
        Description = $"The API key (scope operate); else {KeyVariable}. The environment is the safer place: other users see arguments.",
        Recursive = true,
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "text, or json: one document on standard output.",
        DefaultValueFactory = _ => "text",
        Recursive = true,
    };

    public Verb() => _output.AcceptOnlyFromAmong("text", "json");

    /// <summary>The options that every verb has.</summary>
    public IEnumerable<Option> Options => [_url, _key, _output];

    /// <summary>A verb whose action gets the trainer and the terminal; a failure is told there and is exit code 1.</summary>
    public Command Create(
        string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, OperatorClient, Terminal, CancellationToken, Task<int>> action)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Arguments.Add(argument);
                    break;
                case Option option:
                    command.Options.Add(option);
                    break;
                default:
                    throw new ArgumentException($"A verb has arguments and options; found {symbol}.", nameof(symbols));
            }
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, action, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(
        ParseResult parsed, Func<ParseResult, OperatorClient, Terminal, CancellationToken, Task<int>> action, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(_output) == "json");
        try
        {
            using var client = new OperatorClient(Address(parsed), parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable(KeyVariable));
            return await action(parsed, client, terminal, cancellationToken);
        }
        catch (CommandFailedException e)
        {
            terminal.Fail(e);
            return Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted;
        }
    }

    private Uri Address(ParseResult parsed)
    {
        var set = Environment.GetEnvironmentVariable(UrlVariable);
        var text = parsed.GetValue(_url) ?? (string.IsNullOrEmpty(set) ? Standard : set);
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandFailedException($"The trainer's address begins with http:// or https://; found '{text}'.");
    }
}
