using System.Globalization;
using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>
/// Who may speak to whom: the balancer to the scorers, scorers and trainer to the database and, over TLS, to AWS. Nothing may begin a
/// conversation with the trainer. Who reaches the balancer, the service stack says.
/// </summary>
internal sealed record SecurityGroups(StackResource Balancer, StackResource Scorer, StackResource Trainer, StackResource Database)
{
    private const int PostgresPort = 5432;

    /// <summary>Adds them.</summary>
    public static SecurityGroups AddTo(Template template, Network network, Fleet fleet)
    {
        var database = Add(template, network, "Database", "PostgreSQL, reached by the fleet alone.", [
            // No rule at all would allow everything.
            new() { Description = "Nothing: a database begins no conversation.", IpProtocol = "-1", CidrIp = "127.0.0.1/32" },
        ]);
        var scorer = Add(template, network, "Scorer", "Scorers, reached by the balancer alone.", Outwards(database));
        var trainer = Add(template, network, "Trainer", "The trainer, which nobody reaches.", Outwards(database));
        var balancer = Add(template, network, "Balancer", "The balancer.", [
            .. fleet.Scorer.Served.Select(s => Tcp($"Requests to {s.Service.Name}.", s.Port) with { DestinationSecurityGroupId = scorer.Attribute("GroupId") }),
        ]);

        foreach (var (service, port) in fleet.Scorer.Served)
        {
            AddIngress(template, $"{Names.Pascal(service.Name)}FromBalancer", scorer, balancer, port, $"Requests to {service.Name} from the balancer.");
        }

        foreach (var (name, source) in new[] { ("Scorer", scorer), ("Trainer", trainer) })
        {
            AddIngress(template, $"DatabaseFrom{name}", database, source, PostgresPort, $"PostgreSQL from the {name.ToLowerInvariant()}.");
        }

        return new SecurityGroups(balancer, scorer, trainer, database);
    }

    private static StackResource Add(Template template, Network network, string name, string description, IReadOnlyList<SecurityGroup.Traffic> outwards) =>
        template.Add($"{name}SecurityGroup", new SecurityGroup
        {
            GroupDescription = description,
            VpcId = network.Vpc.Ref,
            SecurityGroupEgress = outwards,
            Tags = Tag.Name(name.ToLower(CultureInfo.InvariantCulture)),
        });

    private static IReadOnlyList<SecurityGroup.Traffic> Outwards(StackResource database) =>
    [
        Tcp("AWS services and Amazon Linux packages, over TLS.", 443) with { CidrIp = "0.0.0.0/0" },
        Tcp("PostgreSQL.", PostgresPort) with { DestinationSecurityGroupId = database.Attribute("GroupId") },
    ];

    private static SecurityGroup.Traffic Tcp(string description, int port) =>
        new() { Description = description, IpProtocol = "tcp", FromPort = port, ToPort = port };

    private static void AddIngress(Template template, string name, StackResource group, StackResource source, int port, string description) =>
        template.Add(name, new SecurityGroupIngress
        {
            GroupId = group.Attribute("GroupId"),
            Description = description,
            IpProtocol = "tcp",
            FromPort = port,
            ToPort = port,
            SourceSecurityGroupId = source.Attribute("GroupId"),
        });
}
