using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws;

/// <summary>ARNs of what is named and not referred to, in this account and region.</summary>
internal static class Arn
{
    /// <param name="service">The service: <c>autoscaling</c>.</param>
    /// <param name="resource">What follows the account; may hold <c>${Prefix}</c>.</param>
    public static Sub Of(string service, string resource) => new($"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}");

    /// <summary>An Auto Scaling Group by its name.</summary>
    public static Sub Group(string name) => Of("autoscaling", $"autoScalingGroup:*:autoScalingGroupName/{name}");
}
