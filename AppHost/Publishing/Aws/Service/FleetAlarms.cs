using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Telemetry;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>All alarms. Each asks for a metric without the dimension of an instance: one of the fleet's alarms would be blind for the next instance.</summary>
internal static class FleetAlarms
{
    private const string Errors = "a count of failures is silent while there are none.";
    private const string Agent = "the agent sends it each minute: where it is missing, so is the agent or every machine.";
    private const string Collector = "a service sends it each minute: where it is missing, so is the service or the collector.";
    private const string Rds = "RDS measures it each minute: where it is missing, the database does not run.";

    /// <summary>The alarms.</summary>
    /// <param name="fleet">What runs.</param>
    /// <param name="balancer">What it is reached by.</param>
    /// <param name="scorers">The group that scales.</param>
    /// <param name="trainer">The group of one.</param>
    public static IReadOnlyList<FleetAlarm> Of(Fleet fleet, Balancer balancer, RoleGroup scorers, RoleGroup trainer) =>
    [
        Cpu(scorers),
        .. new[] { scorers, trainer }.SelectMany(Machine),
        .. fleet.Roles.SelectMany(role => role.Services.Where(s => s.Ports.Any(p => p.Name == "http")).Select(s => ServiceErrors(s.Name, role == fleet.Scorer))),
        .. BalancerErrors(balancer),
        .. InService(balancer, trainer),
        .. Journal(),
        .. Models(),
        .. Database(),
    ];

    private static FleetAlarm Cpu(RoleGroup scorers) => new(
        "scorer-cpu",
        "The scorers' processors have been in use by more than 80 % for 5 minutes; the group grows by one, up to its most.",
        new("AWS/EC2", "CPUUtilization", "Average", "Percent", [("AutoScalingGroupName", scorers.Group.Ref)]),
        '>',
        80,
        5,
        MissingData.Good,
        "the machines' host measures it: where it is missing there is no machine, which no-healthy-host tells.")
    {
        ScalesOut = true,
    };

    private static IEnumerable<FleetAlarm> Machine(RoleGroup group)
    {
        var name = group.Role.Name;
        (string Name, Value Value) dimension = (CloudWatchMetrics.GroupDimension, group.Group.Ref);
        yield return new(
            $"{name}-memory", $"A machine of the group {name} has used more than 85 % of its memory for 5 minutes.", AlarmMetric.Of(CloudWatchMetrics.Memory, dimension), '>', 85, 5, MissingData.Bad, Agent);
        yield return new(
            $"{name}-disk", $"A machine of the group {name} has used more than 85 % of its disk.", AlarmMetric.Of(CloudWatchMetrics.Disk, dimension), '>', 85, 5, MissingData.Good, $"{name}-memory tells already that the agent is not there.");
    }

    private static FleetAlarm ServiceErrors(string service, bool isServed) => new(
        $"{service}-errors",
        $"The service {service} answered more than 10 requests in a minute with 5xx{(isServed ? "; the group grows by one, up to its most" : "")}.",
        AlarmMetric.Of(CloudWatchMetrics.ServerErrors, service),
        '>',
        10,
        1,
        MissingData.Good,
        Errors)
    {
        ScalesOut = isServed,
        RollsBack = true,
    };

    private static IEnumerable<FleetAlarm> BalancerErrors(Balancer balancer)
    {
        (string Name, Value Value) loadBalancer = ("LoadBalancer", balancer.LoadBalancer.Attribute("LoadBalancerFullName"));
        return
        [
            Of(
                "balancer-errors",
                "The balancer itself answered more than 10 requests in a minute with 5xx: no scorer took them; the group grows by one, up to its most.",
                "HTTPCode_ELB_5XX_Count"),
            Of(
                "target-errors",
                "The balancer passed on more than 10 answers with 5xx in a minute; the group grows by one, up to its most.",
                "HTTPCode_Target_5XX_Count"),
        ];

        FleetAlarm Of(string name, string description, string metric) => new(
            name, description, new("AWS/ApplicationELB", metric, "Sum", "Count", [loadBalancer]), '>', 10, 1, MissingData.Good, Errors)
        {
            ScalesOut = true,
            RollsBack = true,
        };
    }

    private static IEnumerable<FleetAlarm> InService(Balancer balancer, RoleGroup trainer)
    {
        yield return new(
            "no-healthy-host",
            "No scorer has answered /health/ready for 2 minutes: nobody gets a prediction.",
            new(
                "AWS/ApplicationELB",
                "HealthyHostCount",
                "Maximum",
                "Count",
                [("TargetGroup", balancer.TargetGroups[0].Attribute("TargetGroupFullName")), ("LoadBalancer", balancer.LoadBalancer.Attribute("LoadBalancerFullName"))]),
            '<',
            1,
            2,
            MissingData.Bad,
            "a balancer without any registered machine counts none at all.")
        {
            RollsBack = true,
        };
        yield return new(
            "no-trainer",
            "The trainer's group has had no machine in service for 15 minutes: nothing is trained, nothing drained from the bucket.",
            new("AWS/AutoScaling", "GroupInServiceInstances", "Maximum", "None", [("AutoScalingGroupName", trainer.Group.Ref)]),
            '<',
            1,
            15,
            MissingData.Bad,
            "the group counts each minute: where it is missing there is no group.");
        yield return new(
            "trainer-queue",
            "A run has waited for an hour: the trainer does not take it, or does not keep up.",
            AlarmMetric.Of(CloudWatchMetrics.QueueAge, "trainer"),
            '>',
            3600,
            15,
            MissingData.Bad,
            Collector);
    }

    private static IEnumerable<FleetAlarm> Journal()
    {
        yield return new(
            "journal-backlog",
            "A scorer's oldest record has waited for PostgreSQL for more than 5 minutes: the journal grows.",
            AlarmMetric.Of(CloudWatchMetrics.BacklogAge, "scorer"),
            '>',
            300,
            5,
            MissingData.Bad,
            Collector);
        yield return new(
            "journal-dropped", "Records of requests were dropped: the history lacks them for good.", AlarmMetric.Of(CloudWatchMetrics.JournalDropped, "scorer"), '>', 0, 1, MissingData.Good, Errors);
    }

    private static IEnumerable<FleetAlarm> Models()
    {
        yield return new(
            "reload-failed",
            "A scorer could not load a version; it goes on with the one before.",
            AlarmMetric.Of(CloudWatchMetrics.ModelLoads, "scorer", "failed"),
            '>',
            0,
            1,
            MissingData.Good,
            Errors)
        {
            RollsBack = true,
        };
        yield return new("run-failed", "A training run failed.", AlarmMetric.Of(CloudWatchMetrics.Runs, "trainer", "failed"), '>', 0, 1, MissingData.Good, Errors);
    }

    private static IEnumerable<FleetAlarm> Database()
    {
        (string Name, Value Value) database = ("DBInstanceIdentifier", Imports.Of("DatabaseId"));
        yield return new(
            "database-storage",
            "The database's disk is almost full, and RDS has not enlarged it.",
            new("AWS/RDS", "FreeStorageSpace", "Minimum", "Bytes", [database]),
            '<',
            ServiceParameters.DatabaseFreeBytesLimit,
            5,
            MissingData.Bad,
            Rds);
        yield return new(
            "database-connections",
            "The database has almost as many connections as it takes.",
            new("AWS/RDS", "DatabaseConnections", "Maximum", "Count", [database]),
            '>',
            ServiceParameters.DatabaseConnectionsLimit,
            5,
            MissingData.Bad,
            Rds);
    }
}
