using Analytics.AppHost.Publishing.Aws.Base;
using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Service;

namespace Analytics.AppHost.Publishing.Aws;

/// <summary>The files that run a deployment as a fleet on AWS.</summary>
internal static class AwsArtifacts
{
    /// <summary>The folder of the published output.</summary>
    public const string Folder = "aws";

    /// <summary>The files.</summary>
    public static IEnumerable<Artifact> Of(Deployment deployment)
    {
        var fleet = Fleet.Of(deployment);
        yield return new Artifact($"{Folder}/base.yaml", TemplateYaml.Write(BaseStack.Of(fleet)));
        yield return new Artifact($"{Folder}/service.yaml", TemplateYaml.Write(ServiceStack.Of(fleet)));
    }
}
