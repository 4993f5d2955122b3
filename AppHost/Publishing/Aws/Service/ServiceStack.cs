using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>The stack of what serves: balancer, groups, alarms and dashboard.</summary>
internal static class ServiceStack
{
    /// <summary>The template.</summary>
    public static Template Of(Fleet fleet)
    {
        var template = new Template("Analytics, what serves: balancer, groups of instances, alarms, dashboard. It uses the stack PREFIX-base.");
        ServiceParameters.AddTo(template, fleet);
        var balancer = Balancer.AddTo(template, fleet.Scorer);
        var scorers = Groups.AddScorers(template, fleet.Scorer, balancer);
        var trainer = Groups.AddTrainer(template, fleet.Trainer);
        var scaleOut = Scaling.AddTo(template, scorers);
        var alarms = FleetAlarms.Of(fleet, balancer, scorers, trainer);
        foreach (var alarm in alarms)
        {
            template.Add(alarm.LogicalId, alarm.Properties(scaleOut));
        }

        var dashboard = template.Add("Dashboard", new Dashboard { DashboardName = new Sub("${Prefix}"), DashboardBody = DashboardBody.Of(alarms, fleet) });

        template.Outputs.Add(new Output(
            "BalancerUrl",
            "Where callers ask; with a certificate, the certificate's name must lead there.",
            new Sub("${Scheme}://${Balancer.DNSName}", new() { ["Scheme"] = Fn.If(ServiceParameters.HasCertificate, "https", "http") })));
        template.Outputs.Add(new Output("BalancerDnsName", "What the certificate's name leads to, by a CNAME or an alias.", balancer.LoadBalancer.Attribute("DNSName")));
        foreach (var (role, launch, group) in new[] { scorers, trainer })
        {
            template.Outputs.Add(new Output($"{role.LogicalName}GroupName", $"The {role.Name}'s Auto Scaling Group.", group.Ref));
            template.Outputs.Add(new Output($"{role.LogicalName}LaunchTemplateId", $"The {role.Name}'s launch template.", launch.Ref));
        }

        template.Outputs.Add(new Output(
            "RollbackAlarms",
            "The alarms that tell of a bad version: a release that meets one goes back.",
            Fn.Join(",", [.. alarms.Where(a => a.RollsBack).Select(a => new Ref(a.LogicalId))])));
        template.Outputs.Add(new Output(
            "DashboardUrl",
            "The dashboard.",
            new Sub($"https://${{AWS::Region}}.console.aws.amazon.com/cloudwatch/home?region=${{AWS::Region}}#dashboards:name=${{{dashboard.LogicalId}}}")));
        return template;
    }
}
