using Analytics.AppHost;
using Analytics.AppHost.Commands;
using Analytics.AppHost.Documentation;
using Analytics.AppHost.Postgres;
using Analytics.AppHost.Publishing;
using Analytics.AppHost.Store;
using Microsoft.Extensions.DependencyInjection;

try
{
    // Everything here speaks plain HTTP on this machine: no developer certificate is needed, nor missed aloud.
    var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, TrustDeveloperCertificate = false });

    var postgres = builder.AddAnalyticsPostgres();

    var migration = builder.AddService<Projects.Trainer_Worker>("migration")
        .WithArgs("migrate")
        .WithMemory(512)
        .WithReference(postgres, "analytics")
        .WaitFor(postgres);

    var store = builder.AddModelStore();

    var trainer = builder.AddService<Projects.Trainer_Worker>("trainer")
        .WithReference(postgres, "analytics")
        .WithReference(store)
        .WithFolder("Trainer__WorkFolder", "trainer")
        .WithHttpApi(port: builder.Port("Trainer", 5001))
        .WithApiKey("operate")
        .WithSamples()
        .WithMemory(2048)
        .WithReplicas(builder.Replicas("Trainer"))
        .WithRetrainCommand()
        .WithCancelRunCommand()
        .WithChampionCommands()
        .WithPage("README.md", "README")
        .WithPage("docs/runs.md", "Training runs")
        .WaitForCompletion(migration);

    // Serving needs no database: the scorer waits only so that its history has tables from the first request on.
    builder.AddService<Projects.Scorer_Api>("scorer")
        .WithReference(postgres, "analytics")
        .WithReference(store)
        .WithFolder("Scorer__CacheFolder", "scorer")
        .WithFolder("Journal__Folder", "journal")
        .WithServedModels("iris", "penguins")
        .WithHttpApi(port: builder.Port("Scorer", 5000))
        .WithExternalHttpEndpoints()
        .WithRpc(port: builder.Port("Grpc", 5002), setting: "Scorer__GrpcPort")
        .WithApiKey("predict")
        .WithMemory(1024)
        .WithPage("README.md", "README")
        .WithPage("docs/telemetry.md", "Telemetry")
        .WithLinkTo(trainer, "Trainer")
        .WaitForCompletion(migration);

    builder.Services.AddHostedService<OrderedStop>();
    var publishing = builder.AddPublishing();
    builder.Build().Run();
    return publishing.ExitCode;
}
catch (SetupException e)
{
    // Something to install or to set: the message says what, a stack trace would only hide it.
    Console.Error.WriteLine(e.Message);
    return 1;
}
