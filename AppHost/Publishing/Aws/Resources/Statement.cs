using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>What a policy allows or denies.</summary>
internal sealed record Statement
{
    /// <summary>Its name, unique in its policy.</summary>
    public required string Sid { get; init; }

    public string Effect { get; init; } = "Allow";

    /// <summary>Who, in policies of resources and in trust policies: by kind (<c>Service</c>, <c>AWS</c>, <c>Federated</c>).</summary>
    public OrderedDictionary<string, Value>? Principal { get; init; }

    /// <summary>What; never a whole service.</summary>
    public required Values Action { get; init; }

    /// <summary>On what; none in trust policies.</summary>
    public Values? Resource { get; init; }

    /// <summary>By operator, then by key.</summary>
    public OrderedDictionary<string, OrderedDictionary<string, Values>>? Condition { get; init; }

    /// <summary>Allows actions on resources.</summary>
    public static Statement Allow(string sid, Values resources, params IReadOnlyList<string> actions) =>
        new() { Sid = sid, Action = [.. actions.Select(a => (Value)a)], Resource = resources };

    /// <summary>The service that a role is for may take it.</summary>
    public static PolicyDocument TrustedBy(string service) => new(
        new Statement { Sid = "Trust", Principal = new() { ["Service"] = service }, Action = ["sts:AssumeRole"] });

    /// <summary>A condition with one operator and one key.</summary>
    public static OrderedDictionary<string, OrderedDictionary<string, Values>> If(string test, string key, params Values values) =>
        new() { [test] = new() { [key] = values } };
}
