using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Xunit;

namespace Analytics.Testing;

/// <summary>
/// A real S3 server (Ceph's object gateway, in memory) for a test assembly
/// (<c>[assembly: AssemblyFixture(typeof(S3Server))]</c>): its own folder and ports, started at the first use. It stops with
/// the test process, also when that one is killed. Tests take a bucket of their own from it.
/// </summary>
public sealed class S3Server : IAsyncLifetime
{
    private static readonly string[] Programs =
        ["bash", "setpriv", "setsid", "monmaptool", "ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin"];

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"analytics-s3-{Guid.NewGuid():N}");
    private int _port;
    private Process? _server;
    private Exception? _failure;

    /// <summary>The endpoint, once the server runs.</summary>
    public string ServiceUrl => $"http://127.0.0.1:{_port}";

    /// <summary>The access key id of the server's user.</summary>
    public string AccessKey { get; } = $"AK{Guid.NewGuid():N}"[..20].ToUpperInvariant();

    /// <summary>The secret key of the server's user.</summary>
    public string SecretKey { get; } = Guid.NewGuid().ToString("N");

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Creates an empty bucket and returns its name. Skips the test where the server is not installed.</summary>
    public async Task<string> CreateBucketAsync()
    {
        await StartAsync();
        var bucket = $"test-{Guid.NewGuid():N}";
        using var client = CreateClient();
        await client.PutBucketAsync(bucket);
        return bucket;
    }

    /// <summary>A client of the server, for what a test must do behind the store's back.</summary>
    public AmazonS3Client CreateClient() => new(
        new BasicAWSCredentials(AccessKey, SecretKey),
        new AmazonS3Config
        {
            ServiceURL = ServiceUrl,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    /// <summary>Starts the server when it is not running.</summary>
    public async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_server is { HasExited: false })
            {
                return;
            }

            if (Programs.Where(p => TestServers.FindProgram(p) is null).ToList() is { Count: > 0 } missing)
            {
                TestServers.SkipOrFail(
                    $"The S3 server is not installed: no {string.Join(", ", missing)} "
                    + "(Debian: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw ceph-common).");
            }

            if (_failure is not null)
            {
                throw new InvalidOperationException("The S3 server did not start for an earlier test.", _failure);
            }

            // A second try, because somebody else may have taken a port since it was found free.
            if (await TryLaunchAsync() is not null && await TryLaunchAsync() is { } errors)
            {
                throw new InvalidOperationException($"The S3 server did not start:\n{errors}");
            }
        }
        catch (Exception e) when (e is InvalidOperationException or OperationCanceledException)
        {
            // One wait is enough: the tests that follow fail at once.
            _failure ??= e;
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            // The end of its input is the script's sign to stop the daemons and remove the folder.
            _server.StandardInput.Close();
            if (!_server.WaitForExit(StopTimeout))
            {
                _server.Kill(entireProcessTree: true);
                await _server.WaitForExitAsync();
                Directory.Delete(_folder, recursive: true);
            }

            _server.Dispose();
        }

        _gate.Dispose();
    }

    /// <summary>Starts the server and waits until it is ready; returns null, or what it said when it gave up.</summary>
    private async Task<string?> TryLaunchAsync()
    {
        _server?.Dispose();
        _port = TestServers.FreePort();
        _server = Process.Start(new ProcessStartInfo("bash", [
            Path.Combine(AppContext.BaseDirectory, "s3-server.sh"), _folder, Invariant(_port), Invariant(TestServers.FreePort()),
            AccessKey, SecretKey])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = _server.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(StartTimeout);
        while (await _server.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line == "ready")
            {
                return null;
            }
        }

        await _server.WaitForExitAsync(timeout.Token);
        return await errors;
    }

    private static string Invariant(int port) => port.ToString(CultureInfo.InvariantCulture);
}
