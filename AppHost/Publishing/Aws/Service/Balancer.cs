using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>
/// The balancer: HTTPS with a redirect from HTTP where there is a certificate, HTTP for one network alone where there is none. The first
/// service that is served has the usual ports, any other one its own.
/// </summary>
internal sealed record Balancer(StackResource LoadBalancer, IReadOnlyList<StackResource> TargetGroups)
{
    /// <summary>Seconds that an instance still answers after it was taken out, and so how long its containers wait to be stopped.</summary>
    public const int DrainSeconds = 30;

    private const int Http = 80, Https = 443;

    /// <summary>Forward secrecy and authenticated encryption only, TLS 1.2 and 1.3.</summary>
    private const string TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

    private static Listener.Certificate[] Certificates => [new(ServiceParameters.CertificateArn)];

    /// <summary>Adds it.</summary>
    public static Balancer AddTo(Template template, InstanceRole scorer)
    {
        var balancer = template.Add("Balancer", new LoadBalancer
        {
            Name = new Sub("${Prefix}"),
            Type = "application",
            Scheme = "internet-facing",
            Subnets = Imports.ListOf("PublicSubnetIds"),
            SecurityGroups = [Imports.Of("BalancerSecurityGroupId")],
            LoadBalancerAttributes =
            [
                new("routing.http.drop_invalid_header_fields.enabled", "true"),
                // Shorter than the time that the services keep an idle connection (130 s), so that it is the balancer who closes it.
                new("idle_timeout.timeout_seconds", "60"),
            ],
        });
        var served = scorer.Served.ToList();
        var targets = served.ConvertAll(s => template.Add($"{Names.Pascal(s.Service.Name)}Targets", Targets(s.Service, s.Port)));

        Open(template, "Http", Http);
        Open(template, "Https", Https, ServiceParameters.HasCertificate);
        template.Add("HttpListener", new Listener
        {
            LoadBalancerArn = balancer.Ref,
            Port = Http,
            Protocol = "HTTP",
            DefaultActions =
            [
                Fn.If(
                    ServiceParameters.HasCertificate,
                    new Block(new Listener.Action { Type = "redirect", RedirectConfig = new("HTTPS", $"{Https}", "HTTP_301") }),
                    new Block(Forward(targets[0]))),
            ],
        });
        template.Add(new StackResource("HttpsListener", new Listener
        {
            LoadBalancerArn = balancer.Ref,
            Port = Https,
            Protocol = "HTTPS",
            SslPolicy = TlsPolicy,
            Certificates = new Block(Certificates),
            DefaultActions = [new Block(Forward(targets[0]))],
        })
        {
            Condition = ServiceParameters.HasCertificate,
        });
        foreach (var ((service, port), target) in served.Zip(targets).Skip(1))
        {
            AddOwnListener(template, balancer, Names.Pascal(service.Name), port, target);
        }

        return new Balancer(balancer, targets);
    }

    private static void AddOwnListener(Template template, StackResource balancer, string name, int port, StackResource target)
    {
        Open(template, name, port);
        template.Add($"{name}Listener", new Listener
        {
            LoadBalancerArn = balancer.Ref,
            Port = port,
            Protocol = Fn.If(ServiceParameters.HasCertificate, "HTTPS", "HTTP"),
            SslPolicy = Fn.If(ServiceParameters.HasCertificate, TlsPolicy),
            Certificates = Fn.If(ServiceParameters.HasCertificate, new Block(Certificates)),
            DefaultActions = [new Block(Forward(target))],
        });
    }

    private static TargetGroup Targets(DeployedService service, int port) => new()
    {
        Name = new Sub($"${{Prefix}}-{service.Name}"),
        VpcId = Imports.Of("VpcId"),
        TargetType = "instance",
        Protocol = "HTTP",
        Port = port,
        HealthCheckPath = "/health/ready",
        HealthCheckIntervalSeconds = 10,
        HealthCheckTimeoutSeconds = 5,
        HealthyThresholdCount = 2,
        UnhealthyThresholdCount = 3,
        TargetGroupAttributes =
        [
            new("deregistration_delay.timeout_seconds", $"{DrainSeconds}"),
            // A new process compiles its paths in the first seconds; its share grows over the shortest time there is.
            new("slow_start.duration_seconds", "30"),
        ],
    };

    private static Listener.Action Forward(StackResource target) => new() { Type = "forward", TargetGroupArn = target.Ref };

    private static void Open(Template template, string name, int port, string? condition = null) =>
        template.Add(new StackResource($"{name}FromCallers", new SecurityGroupIngress
        {
            GroupId = Imports.Of("BalancerSecurityGroupId"),
            Description = "Callers.",
            IpProtocol = "tcp",
            FromPort = port,
            ToPort = port,
            CidrIp = Fn.If(ServiceParameters.HasAllowedCidr, ServiceParameters.AllowedCidr, "0.0.0.0/0"),
        })
        {
            Condition = condition,
        });
}
