using System.Text.Json.Nodes;
using Analytics.AppHost.Publishing;
using Analytics.AppHost.Publishing.Aws;
using YamlDotNet.Serialization;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>What an instance of a role runs.</summary>
internal static class RoleFiles
{
    /// <summary>The role's compose file.</summary>
    public static JsonObject Compose(string role, Deployment? deployment = null)
    {
        var text = AwsArtifacts.Of(deployment ?? SampleDeployment.Instance).Single(a => a.Path == $"aws/{role}/compose.yaml").Content;
        var json = new SerializerBuilder().JsonCompatible().Build().Serialize(new DeserializerBuilder().Build().Deserialize<object>(text)!);
        return JsonNode.Parse(json)!.AsObject();
    }

    /// <summary>Its services.</summary>
    public static IEnumerable<(string Name, JsonObject Definition)> Services(string role, Deployment? deployment = null) =>
        Compose(role, deployment)["services"]!.AsObject().Select(s => (s.Key, s.Value!.AsObject()));
}
