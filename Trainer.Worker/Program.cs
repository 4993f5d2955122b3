using Analytics.ServiceDefaults;
using Analytics.ServiceDefaults.Health;
using Analytics.Trainer.Worker.Operator;
using Analytics.Trainer.Worker.Runs;

switch (args)
{
    case [AttemptProgram.Verb, var folder]:
        return await AttemptProgram.RunAsync(folder);
    case [AttemptProgram.InspectVerb, var folder]:
        return await AttemptProgram.InspectAsync(folder);
    case [MigrateCommand.Verb, .. var settings]:
        return await MigrateCommand.RunAsync(settings);
    case [var verb, ..] when !verb.StartsWith('-'):
        await Console.Error.WriteLineAsync($"Unknown verb '{verb}'. Verbs: {MigrateCommand.Verb}; without a verb the trainer runs.");
        return 2;
}

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(RunTelemetry.Name);
builder.AddTrainer();
builder.AddOperatorApi();
var app = builder.Build();
app.MapHealthEndpoints();
app.MapOperatorApi();
await app.RunAsync();
return 0;
