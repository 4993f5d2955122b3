using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>The role that GitHub's workflow takes by its identity token, so that no key lies there.</summary>
internal static class DeployRole
{
    private const string Issuer = "token.actions.githubusercontent.com";

    /// <summary>Adds it; it exists where a repository is given.</summary>
    public static StackResource AddTo(Template template, IReadOnlyList<StackResource> policies)
    {
        var deploys = template.Add("GitHubDeploys", Fn.Given(BaseParameters.GitHubRepository));
        var makesProvider = template.Add(
            "MakesGitHubProvider", Fn.And(Fn.Given(BaseParameters.GitHubRepository), Fn.Empty(BaseParameters.GitHubProviderArn)));
        var provider = template.Add(new StackResource("GitHubProvider", new OidcProvider { Url = $"https://{Issuer}", ClientIdList = ["sts.amazonaws.com"] })
        {
            Condition = makesProvider,
        });
        return template.Add(new StackResource("DeployRole", new Role
        {
            Description = new Sub("Releases of ${Prefix}, by the workflow of ${GitHubRepository}."),
            MaxSessionDuration = 7200,
            ManagedPolicyArns = [.. policies.Select(p => p.Ref)],
            AssumeRolePolicyDocument = new(new Statement
            {
                Sid = "Workflow",
                Principal = new() { ["Federated"] = Fn.If(makesProvider, provider.Ref, BaseParameters.GitHubProviderArn) },
                Action = ["sts:AssumeRoleWithWebIdentity"],
                Condition = new()
                {
                    ["StringEquals"] = new()
                    {
                        [$"{Issuer}:aud"] = ["sts.amazonaws.com"],
                        // Jobs of the environment alone: a pull request's, or another branch's, get another subject.
                        [$"{Issuer}:sub"] = [new Sub("repo:${GitHubRepository}:environment:${GitHubEnvironment}")],
                    },
                },
            }),
        })
        {
            Condition = deploys,
        });
    }
}
