using Analytics.AppHost.Postgres;
using Analytics.Testing;

namespace Analytics.EndToEnd.Tests;

/// <summary>
/// The application with PostgreSQL in a container, as it runs where a container engine does. <c>tests/containers.sh</c> starts an
/// engine and runs this.
/// </summary>
public sealed class ContainerModeTests
{
    private const string Image = "docker.io/library/postgres:17";
    private static readonly object Setosa = new { features = new[] { 5.1, 3.5, 1.4, 0.2 } };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loop_PostgresInAContainer_ServesARetrainAndKeepsEverythingOverAStop()
    {
        var docker = await FindEngineAsync();
        var before = await ContainersAsync(docker);
        var data = Directory.CreateTempSubdirectory("analytics-container-").FullName;
        try
        {
            var settings = new AppHostSettings { DataFolder = data, Postgres = "container" };
            string? prediction;
            await using (var app = await RunningAppHost.StartAsync(settings, Cancel))
            {
                Assert.Single(await ContainersAsync(docker), c => !before.Contains(c));
                await app.TrainAsync("iris", new { dataset = "iris", promote = "force" });
                await app.UntilServedAsync("iris", 2);
                prediction = (await app.PredictAsync("/predict", Setosa)).GetProperty("id").GetString();
                await app.StopAsync(Cancel);
            }

            Assert.All(await ContainersAsync(docker), c => Assert.Contains(c, before));

            await using (var app = await RunningAppHost.StartAsync(settings, Cancel))
            {
                Assert.Equal(2, (await app.PredictAsync("/predict", Setosa)).GetProperty("version").GetInt32());
                Assert.Equal(1, await app.CountAsync("SELECT count(*) FROM predictions WHERE id = $1 AND version = 2", Guid.Parse(prediction!)));
            }

            Assert.All(await ContainersAsync(docker), c => Assert.Contains(c, before));
        }
        finally
        {
            // What the container wrote belongs to its user.
            await TestServers.RunAsync(docker, ["run", "--rm", "--user", "0", "--volume", $"{data}:/data", "--entrypoint", "sh", Image, "-c", "rm -rf /data/*"], CancellationToken.None);
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Skips where the AppHost would choose no container, or where its image cannot be had.</summary>
    private static async Task<string> FindEngineAsync()
    {
        var engine = ContainerRuntime.Find("docker", TimeSpan.FromSeconds(10));
        Assert.SkipUnless(engine.Found, $"{engine.Detail}; LoopTests are the same with local programs.");
        var docker = TestServers.FindProgram("docker")!;
        Assert.SkipUnless(
            await TestServers.SucceedsAsync(docker, "image", "inspect", Image) || await TestServers.SucceedsAsync(docker, "pull", "--quiet", Image),
            $"{Image} is not here and cannot be pulled.");
        return docker;
    }

    private static async Task<string[]> ContainersAsync(string docker) =>
        (await TestServers.RunAsync(docker, ["ps", "--all", "--quiet", "--filter", $"ancestor={Image}"], Cancel))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
