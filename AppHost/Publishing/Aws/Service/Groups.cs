using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>
/// The group of a role. An instance counts as in service when it has said so itself (the hook <c>launching</c>), and goes when it has drained
/// (<c>terminating</c>). A new version of the launch template replaces nothing by itself: <c>deploy.sh</c> refreshes the group.
/// </summary>
internal static class Groups
{
    /// <summary>Adds the group of the scorers, which grows with their load.</summary>
    public static RoleGroup AddScorers(Template template, InstanceRole role, Balancer balancer) =>
        Add(template, role, ServiceParameters.ScorerMinSize, ServiceParameters.ScorerMaxSize, group => group with
        {
            TargetGroupARNs = [.. balancer.TargetGroups.Select(t => t.Ref)],
            HealthCheckType = "ELB",
            // In service means ready already; the balancer needs two looks to see it.
            HealthCheckGracePeriod = 120,
        });

    /// <summary>Adds the group of the one trainer, which replaces it when its machine fails.</summary>
    public static RoleGroup AddTrainer(Template template, InstanceRole role) => Add(template, role, 1, 1, group => group);

    private static RoleGroup Add(Template template, InstanceRole role, Value min, Value max, Func<AutoScalingGroup, AutoScalingGroup> adapt)
    {
        var launch = template.Add($"{role.LogicalName}LaunchTemplate", new LaunchTemplate
        {
            LaunchTemplateName = new Sub(GroupNames.Of(role)),
            LaunchTemplateData = Instance(role),
        });
        var group = template.Add($"{role.LogicalName}Group", adapt(new AutoScalingGroup
        {
            AutoScalingGroupName = new Sub(GroupNames.Of(role)),
            MinSize = min,
            MaxSize = max,
            VPCZoneIdentifier = Imports.ListOf("PublicSubnetIds"),
            LaunchTemplate = new(
                launch.Ref,
                Fn.If(ServiceParameters.IsPinned(role), ServiceParameters.LaunchTemplateVersion(role), launch.Attribute("LatestVersionNumber"))),
            HealthCheckType = "EC2",
            DefaultInstanceWarmup = 60,
            // A machine that fails is replaced before it is ended.
            InstanceMaintenancePolicy = new(100, 200),
            LifecycleHookSpecificationList =
            [
                new(UserData.Launching, "autoscaling:EC2_INSTANCE_LAUNCHING", 900, "ABANDON"),
                new(UserData.Terminating, "autoscaling:EC2_INSTANCE_TERMINATING", 300, "CONTINUE"),
            ],
            MetricsCollection = [new("1Minute", ["GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances", "GroupTerminatingInstances"])],
            Tags = [new("Name", new Sub(GroupNames.Of(role)), true)],
        }));
        return new RoleGroup(role, launch, group);
    }

    private static LaunchTemplate.Data Instance(InstanceRole role) => new()
    {
        ImageId = ServiceParameters.AmazonLinux,
        InstanceType = ServiceParameters.InstanceType(role),
        KeyName = Fn.If(ServiceParameters.HasKey, ServiceParameters.KeyName),
        IamInstanceProfile = new(Imports.Of($"{role.LogicalName}InstanceProfileArn")),
        SecurityGroupIds = [Imports.Of($"{role.LogicalName}SecurityGroupId")],
        // One hop would end at the instance itself: containers would have no role.
        MetadataOptions = new("enabled", "required", 2),
        CreditSpecification = Fn.If(ServiceParameters.IsBurstable(role), new Block(new LaunchTemplate.Credits("unlimited"))),
        // A value each minute: with one in five, the group would grow ten minutes late.
        Monitoring = new(true),
        BlockDeviceMappings = [new("/dev/xvda", new("gp3", ServiceParameters.VolumeGiB, true, true))],
        TagSpecifications = [new("volume", [new("Name", new Sub(GroupNames.Of(role)))])],
        UserData = UserData.Of(role),
    };
}
