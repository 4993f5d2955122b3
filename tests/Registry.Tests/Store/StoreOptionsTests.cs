using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Analytics.Registry.Tests.Store;

public sealed class StoreOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AddModelRegistry_Nothing_KeepsModelsUnderTheContentRoot()
    {
        using var host = Build(Environments.Development, []);
        await host.StartAsync(TestContext.Current.CancellationToken);

        var registry = host.Services.GetRequiredService<ModelRegistry>();

        Assert.Equal($"file://{_folder.Path}/.data/store", registry.Store.Location);
        await registry.Store.CheckAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AddModelRegistry_ProductionWithoutUrl_RefusesToStart()
    {
        using var host = Build(Environments.Production, []);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Store:Url is not set. Set it (environment variable Store__Url)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddModelRegistry_S3Url_IsAnS3Store()
    {
        using var host = Build(Environments.Production, new()
        {
            ["Store:Url"] = "s3://models/team/prod/",
            ["Store:ServiceUrl"] = "http://127.0.0.1:9000",
            ["Store:Checksums"] = "WhenRequired",
        });

        Assert.Equal("s3://models/team/prod", host.Services.GetRequiredService<IModelStore>().Location);
        Assert.Equal(StoreChecksums.WhenRequired, host.Services.GetRequiredService<IOptions<StoreOptions>>().Value.Checksums);
    }

    [Theory]
    [InlineData("Store:Url", "models", "Store:Url")]
    [InlineData("Store:Url", "file://host/dir", "file:///absolute/dir")]
    [InlineData("Store:Url", "file:///a#b", "Store:Url")]
    [InlineData("Store:Url", "s3://", "s3://bucket/prefix")]
    [InlineData("Store:Url", "http://127.0.0.1/bucket", "s3://bucket/prefix")]
    [InlineData("Store:Url", "s3://key:hunter2@bucket/prefix", "without user name")]
    [InlineData("Store:ServiceUrl", "127.0.0.1:9000", "http(s)://host:port")]
    [InlineData("Store:ServiceUrl", "http://key:hunter2@127.0.0.1", "without user name")]
    [InlineData("Store:RequestTimeout", "00:00:00.5", "expected 00:00:01 to 00:10:00, found 00:00:00.5000000")]
    [InlineData("Store:RequestTimeout", "01:00:00", "Store:RequestTimeout")]
    [InlineData("Store:MaxRetries", "11", "expected 0 to 10, found 11")]
    [InlineData("Store:MaxRetries", "-1", "Store:MaxRetries")]
    [InlineData("Store:Checksums", "7", "expected WhenSupported or WhenRequired, found 7")]
    public async Task Start_SettingOutOfRange_SaysWhatIsExpected(string setting, string value, string sentence)
    {
        using var host = Build(Environments.Development, new() { [setting] = value });

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket", "bucket", "", null)]
    [InlineData("s3://bucket/", "bucket", "", null)]
    [InlineData("s3://my.bucket-1/a/b/", "my.bucket-1", "a/b/", null)]
    [InlineData("file:///var/lib/models/", null, "", "/var/lib/models")]
    [InlineData("file:///with%20blank/%23", null, "", "/with blank/#")]
    public void TryParse_Url_TakesItApart(string url, string? bucket, string prefix, string? directory)
    {
        Assert.True(StoreUrl.TryParse(url, out var parsed));
        Assert.Equal(new StoreUrl(bucket, prefix, directory), parsed);
    }

    [Fact]
    public void CreateStore_RootCannotBeMade_SaysWhere()
    {
        File.WriteAllText(_folder.File("file"), "");

        var error = Assert.Throws<StoreException>(() => ModelRegistryExtensions.CreateStore(
            new StoreOptions { Url = $"file://{_folder.File("file")}/store" }, TimeProvider.System));

        Assert.Contains(_folder.File("file"), error.Message, StringComparison.Ordinal);
    }

    private IHost Build(string environment, Dictionary<string, string?> settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            EnvironmentName = environment,
            ContentRootPath = _folder.Path,
            DisableDefaults = true,
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddModelRegistry();
        return builder.Build();
    }
}
