namespace Analytics.AppHost.Publishing;

/// <summary>
/// What the application model says about what has to run elsewhere, free of Aspire's types. Every published file is a pure
/// function of it: a service added to the model appears in all of them.
/// </summary>
/// <param name="Services">In the order of the application model.</param>
/// <param name="Variables">What the environments refer to as <c>${NAME}</c>, sorted by name.</param>
internal sealed record Deployment(IReadOnlyList<DeployedService> Services, IReadOnlyList<DeploymentVariable> Variables)
{
    /// <summary>What the services' images are built from, in the order in which the services first need them.</summary>
    public IReadOnlyList<DeployedImage> Images { get; init; } = [];

    /// <summary>The database servers, in the order of the application model.</summary>
    public IReadOnlyList<DeployedDatabase> Databases { get; init; } = [];
}

/// <summary>A service of the application model.</summary>
internal sealed record DeployedService
{
    /// <summary>The resource's name: <c>scorer</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the image without registry and tag: <c>analytics-scorer</c>. Services of one project share it.</summary>
    public required string Image { get; init; }

    /// <summary>The project's file relative to the repository's root: <c>Scorer.Api/Scorer.Api.csproj</c>.</summary>
    public required string Project { get; init; }

    /// <summary>Whether it ends by itself (the migration); those that wait for it wait until it has completed.</summary>
    public bool RunsOnce { get; init; }

    /// <summary>The arguments after the program.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    /// <summary>Sorted by name; values may refer to variables as <c>${NAME}</c>, and a dollar sign of their own is written <c>$$</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>The names of the services and databases that it waits for.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>The folders that outlive it.</summary>
    public IReadOnlyList<ServiceVolume> Volumes { get; init; } = [];

    /// <summary>Whether it tells by <c>--health</c> that it is ready; those that wait for it wait until then.</summary>
    public bool IsHealthChecked { get; init; }

    /// <summary>The most memory it may use, in MiB.</summary>
    public required int MemoryMiB { get; init; }
}

/// <summary>An image: one project of the repository.</summary>
internal sealed record DeployedImage
{
    /// <summary>The image's name without registry and tag: <c>analytics-scorer</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The project's file relative to the repository's root.</summary>
    public required string Project { get; init; }

    /// <summary>The program's file without <c>.dll</c>: <c>Analytics.Scorer.Api</c>.</summary>
    public required string Program { get; init; }

    /// <summary>The project's file and those of all that it refers to, sorted.</summary>
    public IReadOnlyList<string> Projects { get; init; } = [];

    /// <summary>Files outside those projects' folders that they include, sorted.</summary>
    public IReadOnlyList<string> LinkedFiles { get; init; } = [];

    /// <summary>What its packages need beside the runtime's image, sorted.</summary>
    public IReadOnlyList<ImageLibrary> Libraries { get; init; } = [];
}

/// <summary>A database server.</summary>
internal sealed record DeployedDatabase
{
    /// <summary>The resource's name, and the host's where it runs beside the services: <c>postgres</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The image, with registry and tag.</summary>
    public required string Image { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>The names of its databases.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>Sorted by name; values may refer to variables as <c>${NAME}</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}

/// <summary>A port of a service.</summary>
/// <param name="Name">The endpoint's name: <c>http</c>, <c>grpc</c>.</param>
/// <param name="Port">The port inside and outside.</param>
/// <param name="IsPublic">Whether callers outside the system use it (the scorer's); others are reached on the host itself only.</param>
internal sealed record ServicePort(string Name, int Port, bool IsPublic);

/// <summary>A folder that outlives a container.</summary>
/// <param name="Name">The volume's name.</param>
/// <param name="Path">Where the service sees it.</param>
internal sealed record ServiceVolume(string Name, string Path);

/// <summary>A value that only the place of deployment knows.</summary>
/// <param name="Name">As in <c>.env</c>: <c>POSTGRES_PASSWORD</c>.</param>
/// <param name="Description">One sentence for the person who fills it in.</param>
/// <param name="Default">What holds where nothing is given; null: it must be given.</param>
/// <param name="IsSecret">Whether it must never be written into a file that is committed.</param>
internal sealed record DeploymentVariable(string Name, string Description, string? Default, bool IsSecret);
