using Analytics.AppHost.Publishing.Aws.Base;
using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Service;

namespace Analytics.AppHost.Publishing.Aws;

/// <summary>The files that run a deployment as a fleet on AWS: two templates, a stack policy, and what each role's instances run.</summary>
internal static class AwsArtifacts
{
    /// <summary>The folder of the published output.</summary>
    public const string Folder = "aws";

    /// <summary>The files.</summary>
    public static IEnumerable<Artifact> Of(Deployment deployment)
    {
        // Nothing to run is nothing to deploy.
        if (deployment.Services.Count == 0)
        {
            return [];
        }

        var fleet = Fleet.Of(deployment);
        var lasting = BaseStack.Of(fleet);
        return
        [
            new($"{Folder}/base.yaml", TemplateYaml.Write(lasting)),
            new($"{Folder}/service.yaml", TemplateYaml.Write(ServiceStack.Of(fleet))),
            new($"{Folder}/stack-policy.json", StackPolicy.Of(lasting)),
            .. fleet.Roles.Select(role => new Artifact($"{Folder}/{role.Name}/compose.yaml", RoleCompose.Text(role, deployment))),
        ];
    }
}
