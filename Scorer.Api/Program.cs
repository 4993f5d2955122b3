using Analytics.Registry.Store;
using Analytics.Scorer.Api;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.ServiceDefaults.Health;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(ScorerTelemetry.Name);
builder.AddApiKeys(ScorerSetup.Scope);
builder.AddModelRegistry();
builder.AddScorer();

var app = builder.Build();
app.MapHealthEndpoints();
app.MapScorer();
app.Run();
