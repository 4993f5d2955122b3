using Analytics.Registry.Store;
using Analytics.Scorer.Api;
using Analytics.Scorer.Api.Protocols.Hosting;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.ServiceDefaults.Health;

if (HealthCommand.IsAsked(args))
{
    return await HealthCommand.RunAsync(args);
}

NativeHeap.KeepSmall();
var isHosted = SageMakerHosting.IsAsked(args);
var builder = WebApplication.CreateBuilder(args);
if (isHosted)
{
    builder.UseSageMakerDefaults();
}

builder.AddServiceDefaults(ScorerTelemetry.Name);
builder.AddApiKeys(ScorerSetup.Scope, required: !isHosted);
builder.AddModelRegistry();
builder.AddScorer();

var app = builder.Build();
app.MapHealthEndpoints();
app.MapScorer();
await app.RunAsync();
return 0;
