using Analytics.AppHost.Commands;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Analytics.AppHost.Tests;

/// <summary>The application's shape, read from the model without starting it.</summary>
public sealed class ModelTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("analytics-model-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Model_GivenConnectionString_StartsNoServer()
    {
        await using var builder = await BuildAsync();

        Assert.Equal(
            ["analytics", "migration", "store", "trainer", "scorer"],
            builder.Resources.Where(IsOurs).Select(r => r.Name));
        Assert.False(File.Exists(Path.Combine(_data, "mode")), "a given server is not a choice to remember");
    }

    [Fact]
    public async Task Model_Services_WaitForTheMigrationAndItForTheDatabase()
    {
        await using var builder = await BuildAsync();

        Assert.Equal([("analytics", WaitType.WaitUntilHealthy)], Waits(builder, "migration"));
        Assert.Equal([("migration", WaitType.WaitForCompletion)], Waits(builder, "trainer"));
        Assert.Equal([("migration", WaitType.WaitForCompletion)], Waits(builder, "scorer"));
    }

    [Fact]
    public async Task Model_Stop_EndsServicesBeforeWhatTheyNeed()
    {
        await using var builder = await BuildAsync();

        var waves = OrderedStop.Waves(builder.Resources)
            .Select(wave => string.Join(' ', wave.Where(IsOurs).Select(r => r.Name).Order(StringComparer.Ordinal)));

        Assert.Equal(["scorer trainer", "migration"], waves);
    }

    [Theory]
    [InlineData("trainer")]
    [InlineData("scorer")]
    public async Task Model_StoreSettings_ReachTheServices(string service)
    {
        await using var builder = await BuildAsync(
            "--Store:Url=s3://bucket/prefix", "--Store:ServiceUrl=http://127.0.0.1:9", "--Store:Checksums=WhenRequired");

        var environment = await EnvironmentAsync(builder, service);

        Assert.Equal("s3://bucket/prefix", environment["Store__Url"]);
        Assert.Equal("http://127.0.0.1:9", environment["Store__ServiceUrl"]);
        Assert.Equal("WhenRequired", environment["Store__Checksums"]);
    }

    [Fact]
    public async Task Model_NoStoreSetting_UsesTheDataFolder()
    {
        await using var builder = await BuildAsync();

        var environment = await EnvironmentAsync(builder, "scorer");

        Assert.Equal(new Uri(Path.Combine(_data, "store")).AbsoluteUri, environment["Store__Url"]);
        Assert.Equal(Path.Combine(_data, "scorer"), environment["Scorer__CacheFolder"]);
        Assert.Equal(Path.Combine(_data, "journal"), environment["Journal__Folder"]);
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
    }

    [Fact]
    public async Task Model_Trainer_HasTheRetrainFormThatItsCommandReads()
    {
        await using var builder = await BuildAsync();

        var command = Resource(builder, "trainer").Annotations.OfType<ResourceCommandAnnotation>().Single(c => c.Name == RetrainCommand.Name);

        Assert.Equal(["model", "dataset", "algorithm", "promote"], command.Arguments.Select(a => a.Name));
        Assert.Equal([true, true, false, true], command.Arguments.Select(a => a.Required));
    }

    [Theory]
    [InlineData(CancelRunCommand.Name, "run")]
    [InlineData(ChampionCommands.PromoteName, "model, reason")]
    [InlineData(ChampionCommands.RollbackName, "model, reason")]
    public async Task Model_Trainer_HasTheButtonsWithFormsAndAskBefore(string name, string arguments)
    {
        await using var builder = await BuildAsync();

        var command = Resource(builder, "trainer").Annotations.OfType<ResourceCommandAnnotation>().Single(c => c.Name == name);

        Assert.Equal(arguments, string.Join(", ", command.Arguments.Select(a => a.Name)));
        Assert.NotEmpty(command.ConfirmationMessage!);
    }

    [Fact]
    public async Task Model_Replicas_AreTheTrainersAndItsPortStaysOne()
    {
        await using var builder = await BuildAsync("--Trainer:Replicas=3", "--Ports:Trainer=5999");

        var trainer = Resource(builder, "trainer");

        Assert.Equal(3, trainer.GetReplicaCount());
        Assert.Equal(5999, trainer.Annotations.OfType<EndpointAnnotation>().Single().Port);
        Assert.True(trainer.Annotations.OfType<EndpointAnnotation>().Single().IsProxied, "replicas share a port by Aspire's proxy");
        Assert.Equal(1, Resource(builder, "scorer").GetReplicaCount());
    }

    [Fact]
    public async Task Model_Scorer_HasAPortForHttpAndOneForGrpc()
    {
        await using var builder = await BuildAsync("--Ports:Scorer=5998", "--Ports:Grpc=5997");

        var endpoints = Resource(builder, "scorer").Annotations.OfType<EndpointAnnotation>().ToList();

        Assert.Equal([("http", 5998), ("grpc", 5997)], endpoints.Select(e => (e.Name, e.Port ?? 0)));
    }

    private Task<IDistributedApplicationTestingBuilder> BuildAsync(params string[] args) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [$"--Data:Folder={_data}", "--ConnectionStrings:analytics=Host=db", .. args], TestContext.Current.CancellationToken);

    // Aspire adds its dashboard, and a hidden rebuilder beside each project.
    private static bool IsOurs(IResource resource) =>
        resource.Name != "aspire-dashboard" && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal);

    private static IResource Resource(IDistributedApplicationTestingBuilder builder, string name) =>
        builder.Resources.Single(r => r.Name == name);

    private static IEnumerable<(string Name, WaitType Type)> Waits(IDistributedApplicationTestingBuilder builder, string name) =>
        Resource(builder, name).Annotations.OfType<WaitAnnotation>().Select(w => (w.Resource.Name, w.WaitType));

    private static async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(IDistributedApplicationTestingBuilder builder, string name)
    {
        var variables = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, variables, TestContext.Current.CancellationToken);
        foreach (var callback in Resource(builder, name).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return variables.Where(v => v.Value is string).ToDictionary(v => v.Key, v => (string)v.Value);
    }
}
