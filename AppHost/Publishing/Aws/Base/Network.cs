using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>
/// A network over two zones. Instances are in the public subnets and reach AWS through the internet gateway, S3 through an endpoint: a NAT
/// gateway would cost more than they do. The database is in subnets that lead nowhere.
/// </summary>
internal sealed record Network(StackResource Vpc, IReadOnlyList<StackResource> Public, IReadOnlyList<StackResource> Isolated)
{
    private const int Zones = 2;

    /// <summary>Adds it.</summary>
    public static Network AddTo(Template template)
    {
        var vpc = template.Add("Vpc", new Vpc
        {
            CidrBlock = BaseParameters.VpcCidr,
            EnableDnsSupport = true,
            EnableDnsHostnames = true,
            Tags = Tag.Name("vpc"),
        });
        var gateway = template.Add("InternetGateway", new InternetGateway { Tags = Tag.Name("internet") });
        var attachment = template.Add("InternetAttachment", new VpcGatewayAttachment { VpcId = vpc.Ref, InternetGatewayId = gateway.Ref });

        var routes = template.Add("PublicRoutes", new RouteTable { VpcId = vpc.Ref, Tags = Tag.Name("public") });
        template.Add(new StackResource("InternetRoute", new Route { RouteTableId = routes.Ref, DestinationCidrBlock = "0.0.0.0/0", GatewayId = gateway.Ref })
        {
            DependsOn = [attachment.LogicalId],
        });
        var isolated = template.Add("IsolatedRoutes", new RouteTable { VpcId = vpc.Ref, Tags = Tag.Name("isolated") });
        var network = new Network(vpc, Subnets(template, vpc, routes, "Public"), Subnets(template, vpc, isolated, "Isolated"));

        template.Add("StoreEndpoint", new VpcEndpoint
        {
            VpcId = vpc.Ref,
            ServiceName = new Sub("com.amazonaws.${AWS::Region}.s3"),
            VpcEndpointType = "Gateway",
            RouteTableIds = [routes.Ref],
        });
        return network;
    }

    private static List<StackResource> Subnets(Template template, StackResource vpc, StackResource routes, string kind)
    {
        var isPublic = kind == "Public";
        var subnets = new List<StackResource>();
        for (var zone = 0; zone < Zones; zone++)
        {
            var subnet = template.Add($"{kind}Subnet{zone + 1}", new Subnet
            {
                VpcId = vpc.Ref,
                AvailabilityZone = Fn.Zone(zone),
                CidrBlock = Fn.Select((isPublic ? 0 : Zones) + zone, Fn.Cidr(BaseParameters.VpcCidr, 2 * Zones, hostBits: 8)),
                MapPublicIpOnLaunch = isPublic,
                Tags = Tag.Name($"{kind.ToLowerInvariant()}-{zone + 1}"),
            });
            template.Add($"{kind}Subnet{zone + 1}Routes", new SubnetRouteTableAssociation { SubnetId = subnet.Ref, RouteTableId = routes.Ref });
            subnets.Add(subnet);
        }

        return subnets;
    }
}
