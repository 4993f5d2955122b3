using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Store;

/// <summary>The store as a service makes it: credentials come from the process's environment, which only these tests change.</summary>
public sealed class S3CredentialsTests(S3Server server) : IDisposable
{
    private const string NoInstanceRole = "AWS_EC2_METADATA_DISABLED";
    private const string AccessKey = "AWS_ACCESS_KEY_ID";
    private const string SecretKey = "AWS_SECRET_ACCESS_KEY";

    private readonly Dictionary<string, string?> _before =
        new[] { NoInstanceRole, AccessKey, SecretKey }.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    [Fact]
    public async Task CreateStore_CredentialsInTheEnvironment_UsesThem()
    {
        var store = await CreateStoreAsync();
        Environment.SetEnvironmentVariable(AccessKey, server.AccessKey);
        Environment.SetEnvironmentVariable(SecretKey, server.SecretKey);

        await store.CheckAsync(Cancelled);
        var first = await store.PutDocumentAsync("a", new byte[1], PutCondition.IfAbsent, Cancelled);
        Assert.True((await store.PutDocumentAsync("a", new byte[2], PutCondition.IfMatch(first.ETag!), Cancelled)).Written);
    }

    [Fact]
    public async Task CreateStore_NoCredentialsAnywhere_SaysHowToGiveThem()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(AccessKey) is not null, "The machine has AWS credentials.");
        Environment.SetEnvironmentVariable(NoInstanceRole, "true");
        var store = await CreateStoreAsync();

        var error = await Assert.ThrowsAsync<StoreException>(() => store.CheckAsync(Cancelled));

        Assert.Equal(StoreErrorKind.AccessDenied, error.Kind);
        Assert.Contains("no AWS credentials were found. Set AWS_ACCESS_KEY_ID", error.Message, StringComparison.Ordinal);
    }

    private async Task<IModelStore> CreateStoreAsync() => ModelRegistryExtensions.CreateStore(
        new StoreOptions { Url = $"s3://{await server.CreateBucketAsync()}/prefix", ServiceUrl = server.ServiceUrl }, TimeProvider.System);
}
