using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;
using Analytics.AppHost.Publishing.Telemetry;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>The groups that collectors and agents write to; they may make none themselves, which would have no retention.</summary>
internal static class Logs
{
    /// <summary>Adds them.</summary>
    public static IReadOnlyList<StackResource> AddTo(Template template) =>
    [
        .. LogGroups.All.Select(name => template.Add(
            $"{Names.Pascal(name.Split('/')[^1])}LogGroup",
            new LogGroup { LogGroupName = name, RetentionInDays = BaseParameters.LogRetentionDays },
            Retention.Retain)),
    ];
}
