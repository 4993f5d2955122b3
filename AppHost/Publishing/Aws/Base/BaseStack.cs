using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>The stack of what lasts: network, registry, bucket, database, notifications, logs and roles.</summary>
internal static class BaseStack
{
    /// <summary>The template.</summary>
    public static Template Of(Fleet fleet)
    {
        var template = new Template("Analytics, what lasts: network, registry, bucket, database, notifications, logs and roles. The stack PREFIX-service uses it.");
        BaseParameters.AddTo(template);
        var network = Network.AddTo(template);
        var groups = SecurityGroups.AddTo(template, network, fleet);
        var bucket = Store.AddTo(template);
        var database = Database.AddTo(template, network, groups);
        var repositories = Images.AddTo(template, fleet);
        var topic = Notifications.AddTo(template);
        var logs = Logs.AddTo(template);

        var made = new BaseResources(bucket, database, repositories, logs);
        var roles = InstanceRoles.AddTo(template, fleet, made);
        // Two, because a managed policy holds 6,144 characters.
        var policies = new[]
        {
            template.Add("DeployPolicy", new ManagedPolicy
            {
                Description = new Sub("What a release of ${Prefix} does itself."),
                PolicyDocument = DeployPolicy.Of(fleet, made),
            }),
            template.Add("DeployServicePolicy", new ManagedPolicy
            {
                Description = new Sub("What CloudFormation does in the stack ${Prefix}-service for a release."),
                PolicyDocument = ServicePolicy.Of(fleet, [.. roles.Values.Select(r => r.Role)]),
            }),
        };
        var deploy = DeployRole.AddTo(template, policies);

        Export(template, "VpcId", "The network.", network.Vpc.Ref);
        Export(template, "PublicSubnetIds", "Where instances and balancer are.", Fn.Join(",", [.. network.Public.Select(s => s.Ref)]));
        Export(template, "IsolatedSubnetIds", "Where the database is.", Fn.Join(",", [.. network.Isolated.Select(s => s.Ref)]));
        Export(template, "BalancerSecurityGroupId", "The balancer's security group.", groups.Balancer.Attribute("GroupId"));
        Export(template, "ScorerSecurityGroupId", "The scorers' security group.", groups.Scorer.Attribute("GroupId"));
        Export(template, "TrainerSecurityGroupId", "The trainer's security group.", groups.Trainer.Attribute("GroupId"));
        Export(template, "BucketName", "The store: s3://BucketName.", bucket.Ref);
        Export(template, "DatabaseHost", "PostgreSQL's host.", database.Attribute("Endpoint.Address"));
        Export(template, "DatabasePort", "PostgreSQL's port.", database.Attribute("Endpoint.Port"));
        Export(template, "DatabaseName", "The database.", Database.Name);
        Export(template, "DatabaseId", "The database's name in RDS.", database.Ref);
        Export(template, "DatabaseSecretArn", "Where RDS keeps the database's user and password.", database.Attribute("MasterUserSecret.SecretArn"));
        Export(template, "TopicArn", "Where alarms go.", topic.Ref);
        foreach (var role in fleet.Roles)
        {
            Export(template, $"{role.LogicalName}InstanceProfileArn", $"What the {role.Name}'s instances may do.", roles[role.Name].Profile.Attribute("Arn"));
        }

        foreach (var image in fleet.Images)
        {
            Export(template, $"{image.LogicalName}RepositoryUri", $"Where the image {image.Name} is pushed.", repositories[image].Attribute("RepositoryUri"));
        }

        foreach (var group in logs)
        {
            Export(template, $"{group.LogicalId}Name", "A log group.", group.Ref);
        }

        template.Outputs.Add(new Output(
            "DeployPolicyArns", "What a release needs; attach both to the user whose access keys a workflow has.", Fn.Join(",", [.. policies.Select(p => p.Ref)])));
        template.Outputs.Add(new Output("DeployRoleArn", "The role that GitHub's workflow takes.", deploy.Attribute("Arn")) { Condition = deploy.Condition });
        return template;
    }

    private static void Export(Template template, string name, string description, Value value) =>
        template.Outputs.Add(new Output(name, description, value, new Sub($"${{Prefix}}-{name}")));
}
