using Analytics.AppHost.Publishing;
using Analytics.AppHost.Publishing.Docker;
using Analytics.Testing;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.AppHost.Tests.Publishing;

/// <summary>What is read from the application model, and what of it is in the files.</summary>
public sealed class DeploymentReaderTests
{
    [Fact]
    public async Task Read_OurModel_HasServicesImagesDatabaseAndVariables()
    {
        await using var builder = await BuildAsync();

        var deployment = await ReadAsync(builder);

        Assert.Equal(["migration", "trainer", "scorer"], deployment.Services.Select(s => s.Name));
        Assert.Equal([true, false, false], deployment.Services.Select(s => s.RunsOnce));
        Assert.Equal([false, true, true], deployment.Services.Select(s => s.IsHealthChecked));
        Assert.Equal(["postgres", "migration", "migration"], deployment.Services.Select(s => Assert.Single(s.WaitsFor)));
        Assert.Equal(["analytics-trainer", "analytics-scorer"], deployment.Images.Select(i => i.Name));
        Assert.Equal(["libgomp.so.1"], deployment.Images[0].Libraries.Select(l => l.File));
        var database = Assert.Single(deployment.Databases);
        Assert.Equal(("postgres", 5432, "analytics"), (database.Name, database.Port, Assert.Single(database.Databases)));
        var scorer = deployment.Services[2];
        Assert.Equal([new("http", 5000, true), new("grpc", 5002, false)], scorer.Ports);
        Assert.Equal("Host=postgres;Port=5432;Username=postgres;Password=${POSTGRES_PASSWORD};Database=analytics", Value(scorer, "ConnectionStrings__analytics"));
        Assert.Equal("Production", Value(scorer, "ASPNETCORE_ENVIRONMENT"));
        Assert.Contains(new ServiceVolume("journal", Value(scorer, "Journal__Folder")), scorer.Volumes);
        // Whoever can reach the trainer's port can replace what is served.
        Assert.All(deployment.Services[1].Ports, port => Assert.False(port.IsPublic));
        Assert.Equal(["AWS_SECRET_ACCESS_KEY", "OPERATE_KEY_SHA256", "POSTGRES_PASSWORD", "PREDICT_KEY_SHA256"], deployment.Variables.Where(v => v.IsSecret).Select(v => v.Name));
        Assert.All(deployment.Variables.Where(v => v.IsSecret), v => Assert.True(string.IsNullOrEmpty(v.Default)));
    }

    [Fact]
    public async Task Read_FourthService_IsInTheFiles()
    {
        await using var builder = await BuildAsync();
        builder.AddService<Projects.Scorer_Api>("fourth")
            .WithArgs("--Scorer:DefaultModel=penguins")
            .WithHttpEndpoint(5999, name: "http")
            .WithHttpHealthCheck("/health/ready")
            .WithFolder("Scorer__CacheFolder", "fourth-cache")
            .WithEnvironment("Price", "5$")
            .WithEnvironment("Trainer__Url", builder.Resources.OfType<ProjectResource>().Single(r => r.Name == "trainer").GetEndpoint("http"))
            .WaitFor(builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(r => r.Name == "scorer")));

        var files = DockerArtifacts.Of(await ReadAsync(builder)).ToDictionary(a => a.Path, a => a.Content);

        var compose = files["docker/compose.yaml"];
        var service = compose[compose.IndexOf("\n  fourth:\n", StringComparison.Ordinal)..];
        service = service[..service.IndexOf("\n  collector:\n", StringComparison.Ordinal)];
        Assert.Contains("image: ${SCORER_IMAGE:-analytics-scorer:latest}", service, StringComparison.Ordinal);
        Assert.Contains("- --Scorer:DefaultModel=penguins", service, StringComparison.Ordinal);
        Assert.Contains("- 127.0.0.1:${FOURTH_HTTP_PORT:-5999}:5999", service, StringComparison.Ordinal);
        Assert.Contains("- fourth-cache:/data/fourth-cache", service, StringComparison.Ordinal);
        Assert.Contains("Price: 5$$\n", service, StringComparison.Ordinal);
        Assert.Contains("Trainer__Url: http://trainer:5001\n", service, StringComparison.Ordinal);
        Assert.Contains("scorer:\n        condition: service_healthy", service, StringComparison.Ordinal);
        Assert.Contains("\n  fourth-cache: {}", compose, StringComparison.Ordinal);
        Assert.Contains("EXPOSE 5999", files["docker/scorer.Dockerfile"], StringComparison.Ordinal);
        Assert.Contains("/out/data/fourth-cache", files["docker/scorer.Dockerfile"], StringComparison.Ordinal);
        Assert.Contains("FOURTH_HTTP_PORT=5999", files["docker/.env.example"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_FolderOfThisMachine_IsRefusedByName()
    {
        await using var builder = await BuildAsync();
        builder.AddService<Projects.Scorer_Api>("fourth").WithAnnotation(new ContainerMountAnnotation("/home/me", "/data", ContainerMountType.BindMount, isReadOnly: false));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(builder));

        Assert.StartsWith("'fourth' mounts /home/me at /data; expected a named volume", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ContainerOfAnotherKind_IsRefusedByName()
    {
        await using var builder = await BuildAsync();
        builder.AddContainer("cache", "redis");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(builder));

        Assert.StartsWith("The resource 'cache' is a ContainerResource; expected a project or a PostgreSQL server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Artifacts_TwoFamiliesWithOneFile_AreRefused()
    {
        var image = new DeployedImage { Name = "analytics-one", Project = "One/One.csproj", Program = "One", Projects = ["One/One.csproj"] };

        var error = Assert.Throws<InvalidOperationException>(() => PublishStep.Artifacts(new Deployment([], []) { Images = [image, image] }));

        Assert.Equal("docker/one.Dockerfile is written 2 times; expected one family to write it.", error.Message);
    }

    private static Task<IDistributedApplicationTestingBuilder> BuildAsync() =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--operation", "publish", "--step", "publish", "--output-path", Path.GetTempPath()], TestContext.Current.CancellationToken);

    private static Task<Deployment> ReadAsync(IDistributedApplicationTestingBuilder builder) =>
        new DeploymentReader(RepositoryFiles.Root, builder.ExecutionContext, NullLogger.Instance)
            .ReadAsync(new DistributedApplicationModel(builder.Resources), TestContext.Current.CancellationToken);

    private static string Value(DeployedService service, string name) => service.Environment.Single(e => e.Key == name).Value;
}
