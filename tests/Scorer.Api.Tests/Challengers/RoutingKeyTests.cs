using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Analytics.Scorer.Api.Challengers;

namespace Analytics.Scorer.Api.Tests.Challengers;

public sealed class RoutingKeyTests
{
    private const int Keys = 100_000;

    [Theory]
    [InlineData("customer-{0}", 1)]
    [InlineData("customer-{0}", 10)]
    [InlineData("{0}", 25)]
    [InlineData("{0:D12}@example.com", 50)]
    [InlineData("ключ {0}", 33.3)]
    public void IsTaken_ManyKeys_IsWithinHalfAPointOfTheShare(string form, double share)
    {
        var taken = Enumerable.Range(0, Keys).Count(i => RoutingKey.IsTaken("iris", Key(form, i), share));

        Assert.InRange(100.0 * taken / Keys, share - 0.5, share + 0.5);
    }

    [Fact]
    public void IsTaken_LargerShare_KeepsThoseAlreadyIn()
    {
        double[] shares = [0, 0.1, 1, 5, 20, 50];
        for (var i = 0; i < 10_000; i++)
        {
            var taken = shares.Select(share => RoutingKey.IsTaken("iris", $"k{i}", share)).ToList();
            Assert.Equal(taken.Order(), taken);
            Assert.False(taken[0]);
        }
    }

    [Fact]
    public void Place_IsAsDocumented()
    {
        // printf 'iris:alice' | sha256sum | head -c 8
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("iris:alice")))[..8],
            RoutingKey.Place("iris", "alice").ToString("x8", CultureInfo.InvariantCulture));
        // Another model has other keys, and a long key is a key.
        Assert.NotEqual(RoutingKey.Place("iris", "alice"), RoutingKey.Place("iris-2", "alice"));
        Assert.NotEqual(RoutingKey.Place("iris", new string('ä', 10_000)), RoutingKey.Place("iris", new string('ä', 10_001)));
    }

    private static string Key(string form, int i) => string.Format(CultureInfo.InvariantCulture, form, i);
}
