using Analytics.AppHost.Publishing.Aws;
namespace Analytics.AppHost.Tests.Publishing.Aws;
public sealed class DumpTests
{
    [Fact]
    public void Dump()
    {
        foreach (var a in AwsArtifacts.Of(SampleDeployment.Instance))
        {
            var p = Path.Combine("/tmp/aws/out", a.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(p)!);
            File.WriteAllText(p, a.Content);
        }
    }
}
