using Analytics.AppHost.Publishing;

namespace Analytics.AppHost.Tests.Publishing;

/// <summary>A deployment as the AppHost's model gives it, for the tests of what is made from it.</summary>
internal static class SampleDeployment
{
    public static DeployedService Migration { get; } = new()
    {
        Name = "migration",
        Image = "analytics-trainer",
        Project = "Trainer.Worker/Trainer.Worker.csproj",
        RunsOnce = true,
        Arguments = ["migrate"],
        Environment = [new("ConnectionStrings__analytics", "Host=postgres;Port=5432;Username=postgres;Password=${POSTGRES_PASSWORD};Database=analytics")],
        WaitsFor = ["postgres"],
        MemoryMiB = 512,
    };

    public static DeployedService Trainer { get; } = new()
    {
        Name = "trainer",
        Image = "analytics-trainer",
        Project = "Trainer.Worker/Trainer.Worker.csproj",
        Ports = [new("http", 5001, IsPublic: false)],
        Environment =
        [
            new("ApiKeys__operate__0__Sha256", "${OPERATE_KEY_SHA256}"),
            new("ConnectionStrings__analytics", "Host=postgres;Port=5432;Username=postgres;Password=${POSTGRES_PASSWORD};Database=analytics"),
            new("Store__Url", "${STORE_URL}"),
            new("Trainer__WorkFolder", "/data/trainer"),
        ],
        WaitsFor = ["migration"],
        Volumes = [new("trainer", "/data/trainer"), new("store", "/data/store")],
        IsHealthChecked = true,
        MemoryMiB = 2048,
    };

    public static DeployedService Scorer { get; } = new()
    {
        Name = "scorer",
        Image = "analytics-scorer",
        Project = "Scorer.Api/Scorer.Api.csproj",
        Ports = [new("http", 5000, IsPublic: true), new("grpc", 5002, IsPublic: false)],
        Environment =
        [
            new("ApiKeys__predict__0__Sha256", "${PREDICT_KEY_SHA256}"),
            new("ConnectionStrings__analytics", "Host=postgres;Port=5432;Username=postgres;Password=${POSTGRES_PASSWORD};Database=analytics"),
            new("Journal__Folder", "/data/journal"),
            new("Scorer__CacheFolder", "/data/scorer"),
            new("Scorer__Models__0", "iris"),
            new("Store__Url", "${STORE_URL}"),
        ],
        WaitsFor = ["migration"],
        Volumes = [new("scorer", "/data/scorer"), new("journal", "/data/journal"), new("store", "/data/store")],
        IsHealthChecked = true,
        MemoryMiB = 1024,
    };

    /// <summary>A fourth service, which no template names.</summary>
    public static DeployedService Reporter { get; } = new()
    {
        Name = "reporter",
        Image = "analytics-reporter",
        Project = "Reporter/Reporter.csproj",
        Ports = [new("http", 5003, IsPublic: false)],
        WaitsFor = ["migration"],
        IsHealthChecked = true,
        MemoryMiB = 256,
    };

    public static Deployment Instance { get; } = With();

    /// <summary>The deployment with further services.</summary>
    public static Deployment With(params IReadOnlyList<DeployedService> more) => new(
        [Migration, Trainer, Scorer, .. more],
        [
            new("OPERATE_KEY_SHA256", "SHA-256 of the operator's key.", null, IsSecret: true),
            new("POSTGRES_PASSWORD", "PostgreSQL's password.", null, IsSecret: true),
            new("PREDICT_KEY_SHA256", "SHA-256 of the callers' key.", null, IsSecret: true),
            new("STORE_URL", "The store.", "file:///data/store", IsSecret: false),
        ])
    {
        Images = [.. new[] { Migration, Scorer }.Concat(more).DistinctBy(s => s.Image).Select(Image)],
        Databases = [new() { Name = "postgres", Image = "docker.io/library/postgres:17", Port = 5432, Databases = ["analytics"] }],
    };

    private static DeployedImage Image(DeployedService service) =>
        new() { Name = service.Image, Project = service.Project, Program = $"Analytics.{Path.GetFileNameWithoutExtension(service.Project)}", Projects = [service.Project] };
}
