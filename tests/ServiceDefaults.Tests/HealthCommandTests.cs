using Analytics.ServiceDefaults.Health;
using Analytics.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.ServiceDefaults.Tests;

/// <summary><c>--health</c>: what a container's health check runs.</summary>
public sealed class HealthCommandTests
{
    private static readonly Dictionary<string, string?> NoSettings = [];

    [Fact]
    public async Task Health_Ready_IsSilentAndZero()
    {
        await using var service = await TestService.StartAsync("Development", NoSettings);

        Assert.Equal((0, ""), await RunAsync([HealthCommand.Argument], ("ASPNETCORE_URLS", service.Client.BaseAddress!.ToString())));
    }

    [Theory]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0};1")]
    [InlineData("HTTP_PORTS", "{0}")]
    [InlineData("ASPNETCORE_URLS", "http://*:{0};http://*:1")]
    [InlineData("DOTNET_URLS", "http://+:{0}")]
    [InlineData("URLS", "http://0.0.0.0:{0}")]
    public async Task Health_HowTheServerIsTold_IsUnderstood(string name, string value)
    {
        await using var service = await TestService.StartAsync("Development", NoSettings);
        var port = service.Client.BaseAddress!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal((0, ""), await RunAsync([HealthCommand.Argument], (name, value.Replace("{0}", port, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Health_PortsOfTheImageAndOfTheService_TakesTheServices()
    {
        await using var service = await TestService.StartAsync("Development", NoSettings);
        var port = service.Client.BaseAddress!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal((0, ""), await RunAsync([HealthCommand.Argument], ("ASPNETCORE_HTTP_PORTS", "1"), ("HTTP_PORTS", port)));
    }

    [Fact]
    public async Task Health_NotReady_IsOneWithTheReasons()
    {
        await using var service = await TestService.StartAsync("Development", NoSettings, () => HealthCheckResult.Unhealthy("iris has no version yet"));
        var address = service.Client.BaseAddress!.ToString().TrimEnd('/');

        var (exitCode, error) = await RunAsync([HealthCommand.Argument, address]);

        Assert.Equal(1, exitCode);
        Assert.Equal(address + """/health/ready answered 503: {"status":"unhealthy","reasons":{"model":"iris has no version yet"}}""", error.Trim());
    }

    [Fact]
    public async Task Health_NobodyThere_IsOneAndNamesTheAddress()
    {
        var address = $"http://127.0.0.1:{TestServers.FreePort()}";

        var (exitCode, error) = await RunAsync([HealthCommand.Argument, address]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{address}/health/ready does not answer: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_NoAddress_SaysWhatOneIs() =>
        Assert.Equal(
            (1, $"'nonsense' is no address; expected one such as http://127.0.0.1:5000.{Environment.NewLine}"),
            await RunAsync([HealthCommand.Argument, "nonsense"]));

    private static async Task<(int ExitCode, string Error)> RunAsync(string[] args, params (string Name, string Value)[] environment)
    {
        using var error = new StringWriter();
        var exitCode = await HealthCommand.RunAsync(args, name => environment.FirstOrDefault(e => e.Name == name).Value, error);
        return (exitCode, error.ToString());
    }
}
