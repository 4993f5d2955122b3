using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A port of a load balancer.</summary>
internal sealed record Listener : IResourceProperties
{
    string IResourceProperties.Type => "AWS::ElasticLoadBalancingV2::Listener";

    public required Value LoadBalancerArn { get; init; }

    public Value? Port { get; init; }

    public Value? Protocol { get; init; }

    public Value? SslPolicy { get; init; }

    /// <summary>A list of <see cref="Certificate"/>, or a function that gives one.</summary>
    public Value? Certificates { get; init; }

    /// <summary>Each an <see cref="Action"/>, or a function that gives one.</summary>
    public required Values DefaultActions { get; init; }

    public sealed record Certificate(Value CertificateArn);

    public sealed record Action
    {
        public required Value Type { get; init; }

        public Value? TargetGroupArn { get; init; }

        public Redirect? RedirectConfig { get; init; }
    }

    public sealed record Redirect(Value Protocol, Value Port, Value StatusCode);
}
