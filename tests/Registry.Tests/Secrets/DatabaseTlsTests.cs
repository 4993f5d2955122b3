using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Analytics.Registry.Database;
using Analytics.Testing;
using Npgsql;

namespace Analytics.Registry.Tests.Secrets;

/// <summary>The settings of <c>ConnectionStrings:analytics</c> by which the database's certificate is verified.</summary>
public sealed class DatabaseTlsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private PostgresServer _postgres = null!;
    private string _database = "";
    private string _bundle = "";
    private string _other = "";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var authority = NewAuthority("CN=Test authority");
        using var other = NewAuthority("CN=Another authority");
        // As in RDS' bundle: the right one is one of several.
        _bundle = await WriteAsync("bundle.pem", other.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
        _other = await WriteAsync("other.pem", other.ExportCertificatePem());
        _postgres = new PostgresServer { Tls = Issue(authority) };
        _database = await _postgres.CreateDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_VerifyFullWithTheBundle_IsEncrypted()
    {
        await using var source = new AnalyticsDataSource($"{_database};SslMode=VerifyFull;Root Certificate={_bundle}", null, null);
        await using var connection = await source.OpenConnectionAsync(Cancelled);
        await using var command = new NpgsqlCommand("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", connection);

        Assert.Equal(true, await command.ExecuteScalarAsync(Cancelled));
    }

    [Fact]
    public async Task Open_VerifyFullWithAnotherAuthority_IsRefused()
    {
        var error = await OpenRefusedAsync($"{_database};SslMode=VerifyFull;Root Certificate={_other}");

        Assert.Contains("certificate", error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Open_VerifyFullByAnotherName_IsRefused()
    {
        var elsewhere = new NpgsqlConnectionStringBuilder(_database) { Host = "localhost" }.ConnectionString;

        var error = await OpenRefusedAsync($"{elsewhere};SslMode=VerifyFull;Root Certificate={_bundle}");

        Assert.Contains("certificate", error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Open_BundleMissing_NamesTheFile()
    {
        var missing = _folder.File("missing.pem");

        var error = await OpenRefusedAsync($"{_database};SslMode=VerifyFull;Root Certificate={missing}");

        Assert.Contains(missing, error, StringComparison.Ordinal);
    }

    private static async Task<string> OpenRefusedAsync(string connection)
    {
        await using var source = new AnalyticsDataSource(connection, null, null);
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await source.OpenConnectionAsync(Cancelled));
        return error.ToString();
    }

    private static X509Certificate2 NewAuthority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
    }

    private static (string Certificate, string Key) Issue(X509Certificate2 authority)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private async Task<string> WriteAsync(string name, string content)
    {
        var path = _folder.File(name);
        await File.WriteAllTextAsync(path, content, Cancelled);
        return path;
    }
}
