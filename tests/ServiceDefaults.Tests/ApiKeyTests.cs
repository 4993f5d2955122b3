using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Analytics.ServiceDefaults.Tests;

public sealed class ApiKeyTests
{
    private static readonly Dictionary<string, string?> TwoKeys = new()
    {
        ["ApiKeys:Predict:0:Name"] = "web-shop",
        ["ApiKeys:Predict:0:Sha256"] = Sha256("key-one"),
        ["ApiKeys:Predict:1:Name"] = "back-office",
        ["ApiKeys:Predict:1:Sha256"] = Sha256("Schlüssel-zwei").ToUpperInvariant(),
    };

    [Theory]
    [InlineData("X-Api-Key", "key-one", "web-shop")]
    [InlineData("Authorization", "Bearer key-one", "web-shop")]
    [InlineData("Authorization", "bearer  key-one", "web-shop")]
    [InlineData("X-Api-Key", "key-two", "401")]
    [InlineData("X-Api-Key", "", "401")]
    [InlineData("Authorization", "Basic key-one", "401")]
    public async Task Call_Production_IsKnownByItsKeysName(string header, string value, string expected)
    {
        await using var service = await TestService.StartAsync("Production", TwoKeys);

        Assert.Equal(expected, await service.WhoAsync(header, value));
    }

    [Fact]
    public async Task Call_SecondKeyOfTheScope_IsActiveToo()
    {
        await using var service = await TestService.StartAsync("Production", new Dictionary<string, string?>
        {
            ["ApiKeys:predict:0:Name"] = "old",
            ["ApiKeys:predict:0:Sha256"] = Sha256("a"),
            ["ApiKeys:predict:1:Name"] = "new",
            ["ApiKeys:predict:1:Sha256"] = Sha256("b"),
        });

        Assert.Equal(["old", "new"], [await service.WhoAsync("X-Api-Key", "a"), await service.WhoAsync("X-Api-Key", "b")]);
    }

    [Fact]
    public async Task Call_WithoutKey_IsAProblemThatSaysWhatToSend()
    {
        await using var service = await TestService.StartAsync("Production", TwoKeys);

        using var response = await service.Client.GetAsync("/who", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("X-Api-Key", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEmpty(response.Headers.WwwAuthenticate);
    }

    [Fact]
    public async Task Call_DevelopmentFromLoopback_NeedsNoKeyButAWrongOneIsWrong()
    {
        await using var service = await TestService.StartAsync("Development", TwoKeys);

        Assert.Equal("loopback", await service.WhoAsync("X-Unrelated", "x"));
        Assert.Equal("401", await service.WhoAsync("X-Api-Key", "wrong"));
        Assert.Equal("web-shop", await service.WhoAsync("X-Api-Key", "key-one"));
    }

    [Fact]
    public async Task Start_ProductionWithoutAKey_IsRefusedAndSaysHowToMakeOne()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync("Production", new Dictionary<string, string?>()));

        Assert.Contains("openssl rand", error.Message, StringComparison.Ordinal);
        Assert.Contains("ApiKeys__predict__0__Sha256", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "ok", "ApiKeys:predict:0:Name")]
    [InlineData("someone", "the-key-itself", "ApiKeys:predict:0:Sha256")]
    public async Task Start_UnusableKey_IsRefusedByItsPlaceWithoutShowingIt(string name, string hash, string place)
    {
        var settings = new Dictionary<string, string?> { ["ApiKeys:predict:0:Name"] = name, ["ApiKeys:predict:0:Sha256"] = hash == "ok" ? Sha256("k") : hash };

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync("Development", settings));

        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the-key-itself", error.Message, StringComparison.Ordinal);
    }

    private static string Sha256(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
