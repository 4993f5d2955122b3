using Amazon.Runtime;
using Amazon.S3;
using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Store;

/// <summary>S3 stores on the test server.</summary>
internal static class TestStores
{
    public static async Task<(S3ModelStore Store, string Bucket)> CreateAsync(
        S3Server server, StoreChecksums checksums = StoreChecksums.WhenRequired, int pageSize = 1000)
    {
        var bucket = await server.CreateBucketAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl, Checksums = checksums };
        return (Create(options, bucket, server.AccessKey, server.SecretKey, pageSize), bucket);
    }

    public static S3ModelStore Create(
        StoreOptions options, string bucket, string accessKey, string secretKey, int pageSize = 1000) =>
        new(NewClient(options, accessKey, secretKey), bucket, "team/prod/", options, TimeProvider.System) { PageSize = pageSize };

    public static S3ModelStore CreateScripted(ScriptedEndpoint endpoint, int maxRetries = 0, TimeSpan? timeout = null) =>
        CreateScripted(endpoint.Url, maxRetries, timeout);

    public static S3ModelStore CreateScripted(string url, int maxRetries = 0, TimeSpan? timeout = null) => Create(
        new StoreOptions { ServiceUrl = url, MaxRetries = maxRetries, RequestTimeout = timeout ?? TimeSpan.FromSeconds(30) },
        "bucket", "access", "secret");

    public static AmazonS3Client NewClient(StoreOptions options, string accessKey, string secretKey)
    {
        var config = S3Client.Configure(options);
        // Connections of its own, so that no test meets what another one left on a shared connection.
        config.CacheHttpClient = false;
        return new AmazonS3Client(new BasicAWSCredentials(accessKey, secretKey), config);
    }
}
