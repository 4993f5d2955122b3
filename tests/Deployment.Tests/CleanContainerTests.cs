using Analytics.Deployment.Tests.Stages;
using Analytics.Testing;

namespace Analytics.Deployment.Tests;

/// <summary>The user data where nothing is but this machine's programs: the real paths, in an empty container without a network.</summary>
public sealed class CleanContainerTests : IDisposable
{
    private readonly InstanceStage _instance = new();
    private readonly string _image = $"analytics-clean-{Guid.NewGuid():N}";

    public void Dispose() => _instance.Dispose();

    [Fact]
    public async Task Boot_TwiceInACleanContainer_IsTheSameAsOnce()
    {
        if (TestServers.FindProgram("docker") is not { } docker || !await TestServers.SucceedsAsync(docker, "version", "--format", "{{.Server.Version}}"))
        {
            Assert.Skip("No container engine answers; BootstrapTests run the same scripts in a temporary folder.");
            return;
        }

        var stage = _instance.Stage;
        stage.Environment.Clear();
        stage.Environment["DOCKER"] = docker;
        stage.Environment["IMAGE"] = _image;
        // Written by a run that does nothing, for the container to read.
        await stage.RunAsync("-c", ":");
        stage.Write("twice.sh", """
            set -e
            listing() { cd / && find opt etc/systemd usr/local/lib/docker -type f -o -type l | sort | while read -r f; do stat -c '%N %a' "$f"; [ -h "$f" ] || sha256sum <"$f"; done; }
            bash "$STAGE/user-data"
            listing >/tmp/first
            bash "$STAGE/user-data"
            listing >/tmp/second
            cmp /tmp/first /tmp/second
            cat /tmp/first
            """);

        var outcome = await stage.RunAsync("-c", """
            trap '"$DOCKER" image rm --force "$IMAGE" >/dev/null 2>&1' EXIT
            mkdir "$STAGE/empty" "$STAGE/docker-plugins" && cd "$STAGE/empty" && mkdir -m 1777 tmp && mkdir dev proc sys etc root usr opt &&
              for folder in bin sbin lib lib64; do [ ! -e "/usr/$folder" ] || ln -s "usr/$folder" "$folder"; done
            tar --create . | "$DOCKER" import - "$IMAGE" >/dev/null
            "$DOCKER" run --rm --network none --volume /usr:/usr:ro --tmpfs /usr/local/lib --volume "$STAGE:$STAGE" --env STAGE="$STAGE" --env HOME=/root --env READY_WITHIN=0 \
              --env PATH="$STAGE/programs:/usr/bin:/bin" "$IMAGE" bash "$STAGE/twice.sh"
            """);

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Contains("'opt/analytics/.env' 600", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("'usr/local/lib/docker/cli-plugins/docker-compose' 755", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("'etc/systemd/system/analytics.service' 644", outcome.Said, StringComparison.Ordinal);
        Assert.Equal(2, stage.Record.Count(l => l.EndsWith("--lifecycle-action-result CONTINUE", StringComparison.Ordinal)));
    }
}
