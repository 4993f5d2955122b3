using System.CommandLine;
using Analytics.Trainer.Worker.Runs;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>The trainer's verbs: the operator API for the hand and for scripts, and the migration.</summary>
internal static class TrainerCommandLine
{
    /// <summary>The exit code of a command line that is not understood.</summary>
    public const int NotUnderstood = 2;

    /// <summary>True when these are arguments for a verb rather than settings of the service.</summary>
    public static bool Takes(string[] args) => args is [['-', ..], ..] ? args is ["--help" or "-h" or "-?" or "--version", ..] : args.Length > 0;

    /// <summary>Carries out the verb; the exit code is the process's.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        // What follows migrate are settings of any name, as the service takes them.
        if (args is [MigrateCommand.Verb, .. var settings] && !settings.Any(s => s is "--help" or "-h" or "-?"))
        {
            return await MigrateCommand.RunAsync(settings);
        }

        var root = Create();
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors)
            {
                await error.WriteLineAsync(fault.Message);
            }

            var verbs = string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(c => c.Name));
            await error.WriteLineAsync(verbs.Length == 0 ? "See --help." : $"Verbs: {verbs}; see --help. Without a verb the trainer runs.");
            return NotUnderstood;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, cancellationToken);
    }

    private static RootCommand Create()
    {
        var verb = new Verb();
        var root = new RootCommand("The trainer. Without a verb it runs as a service; with one it asks a running one.");
        foreach (var option in verb.Options)
        {
            root.Options.Add(option);
        }

        root.Subcommands.Add(TrainVerb.Create(verb));
        root.Subcommands.Add(RunsVerbs.Create(verb));
        root.Subcommands.Add(RunsVerbs.CreateCancel(verb));
        root.Subcommands.Add(ModelsVerbs.Create(verb));
        root.Subcommands.Add(ModelsVerbs.CreatePromote(verb));
        root.Subcommands.Add(ModelsVerbs.CreateRollback(verb));
        root.Subcommands.Add(DatasetVerbs.Create(verb));
        var migrate = new Command(MigrateCommand.Verb, "Bring the database's schema up to date; what follows are settings (--ConnectionStrings:analytics=…).");
        migrate.SetAction((_, _) => MigrateCommand.RunAsync([]));
        root.Subcommands.Add(migrate);
        return root;
    }
}
