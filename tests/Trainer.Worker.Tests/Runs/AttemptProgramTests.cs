using Analytics.Trainer.Worker.Runs;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class AttemptProgramTests
{
    [Fact]
    public void StartInfo_Environment_HasNoSecret()
    {
        string[] secrets = ["ConnectionStrings__analytics", "AWS_SECRET_ACCESS_KEY", "Store__Url", "ApiKeys__operate__0__Sha256", "PGPASSWORD"];
        foreach (var name in secrets)
        {
            Environment.SetEnvironmentVariable(name, "secret");
        }

        try
        {
            var start = AttemptProgram.StartInfo(Path.GetTempPath(), 1L << 30);

            Assert.Empty(start.Environment.Keys.Intersect(secrets));
            Assert.DoesNotContain("secret", start.Environment.Values);
            Assert.Contains("PATH", start.Environment.Keys);
            Assert.Equal("0x38000000", start.Environment["DOTNET_GCHeapHardLimit"]);
        }
        finally
        {
            foreach (var name in secrets)
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }
    }
}
