using Analytics.ServiceDefaults;
using Analytics.ServiceDefaults.Health;
using Analytics.Trainer.Worker.CommandLine;
using Analytics.Trainer.Worker.Operator;
using Analytics.Trainer.Worker.Runs;

if (HealthCommand.IsAsked(args))
{
    return await HealthCommand.RunAsync(args);
}

if (args is [AttemptProgram.Verb, var folder])
{
    return await AttemptProgram.RunAsync(folder);
}

if (args is [AttemptProgram.InspectVerb, var inspected])
{
    return await AttemptProgram.InspectAsync(inspected);
}

if (TrainerCommandLine.Takes(args))
{
    return await TrainerCommandLine.RunAsync(args, Console.Out, Console.Error);
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
