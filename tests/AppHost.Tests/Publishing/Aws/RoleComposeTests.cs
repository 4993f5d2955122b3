using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>What an instance of each role runs.</summary>
public sealed partial class RoleComposeTests
{
    // Written by the instance's start: what the launch template's user data exports, what the instance knows, the role's parameters.
    private static readonly string[] OfTheInstance = ["AWS_REGION", "INSTANCE_ID"];
    private static readonly string[] Parameters = ["OPERATE_KEY_SHA256", "PREDICT_KEY_SHA256"];

    [Theory]
    [InlineData("scorer", "scorer collector")]
    [InlineData("trainer", "migration trainer collector")]
    public void Role_Services_AreItsOwn(string role, string services) => Assert.Equal(services, string.Join(' ', RoleFiles.Services(role).Select(s => s.Name)));

    [Theory]
    [InlineData("scorer")]
    [InlineData("trainer")]
    public void Role_Containers_AreConfined(string role) => Assert.All(RoleFiles.Services(role), service =>
    {
        Assert.Equal("1654:1654", Text(service.Definition["user"]));
        Assert.Equal("true", Text(service.Definition["read_only"]));
        Assert.Equal("""["ALL"]""", service.Definition["cap_drop"]!.ToJsonString());
        Assert.Equal("""["no-new-privileges:true"]""", service.Definition["security_opt"]!.ToJsonString());
        Assert.NotNull(service.Definition["mem_limit"]);
        Assert.Equal(service.Name == "migration" ? "no" : "unless-stopped", Text(service.Definition["restart"]));
        Assert.False(service.Definition.ContainsKey("build"));
        Assert.False(service.Definition.ContainsKey("privileged"));
    });

    /// <summary>What is given must be given by somebody; what nobody gives has a default.</summary>
    [Theory]
    [InlineData("scorer")]
    [InlineData("trainer")]
    public void Role_RequiredVariables_AreExportedByTheUserDataOrAreParameters(string role)
    {
        var exported = Export().Matches(LaunchTemplates.UserDataOf(role)).Select(m => m.Groups[1].Value).ToHashSet();
        var required = Required().Matches(RoleFiles.Compose(role).ToJsonString()).Select(m => m.Groups[1].Value).Distinct().ToList();

        Assert.Contains("DATABASE_HOST", required);
        Assert.Empty(required.Except(exported).Except(OfTheInstance).Except(Parameters));
        Assert.Empty(Parameters.Intersect(exported));
    }

    [Fact]
    public void Scorer_Ports_AreTheBalancersOnAllAddressesAndTheOthersOnTheInstanceItself()
    {
        Assert.Equal("""["${SCORER_HTTP_PORT:-5000}:5000","127.0.0.1:${SCORER_GRPC_PORT:-5002}:5002"]""", RoleFiles.Services("scorer").First().Definition["ports"]!.ToJsonString());
        Assert.Equal("""["127.0.0.1:${TRAINER_HTTP_PORT:-5001}:5001"]""", RoleFiles.Services("trainer").Single(s => s.Name == "trainer").Definition["ports"]!.ToJsonString());
        Assert.Equal(5000, PublishedTemplate.Service["ScorerTargets"]["Port"]!.GetValue<int>());
    }

    [Fact]
    public void Scorer_Journal_IsHandedOverWhenItsInstanceGoes() =>
        Assert.Equal("true", Text(RoleFiles.Services("scorer").First().Definition["environment"]!["Journal__HandOver"]));

    [Fact]
    public void Trainer_StartsWhenTheMigrationHasCompleted() => Assert.Equal(
        """{"migration":{"condition":"service_completed_successfully"}}""", RoleFiles.Services("trainer").Single(s => s.Name == "trainer").Definition["depends_on"]!.ToJsonString());

    [Fact]
    public void Services_HaveTheInstancesRoleAndTheBucket() => Assert.All(RoleFiles.Services("scorer").Concat(RoleFiles.Services("trainer")), service =>
    {
        var text = service.Definition.ToJsonString();
        Assert.DoesNotContain("AWS_ACCESS_KEY_ID", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/data/store", text, StringComparison.Ordinal);
        Assert.DoesNotContain("POSTGRES_PASSWORD", text, StringComparison.Ordinal);
    });

    /// <summary>No template names the services: a fourth one is everywhere.</summary>
    [Fact]
    public void FourthService_RunsOnTheTrainersInstanceWithARepositoryAnImageAndAnAlarm()
    {
        var deployment = SampleDeployment.With(SampleDeployment.Reporter);
        var lasting = PublishedTemplate.Of("aws/base.yaml", deployment);
        var service = PublishedTemplate.Of("aws/service.yaml", deployment);

        Assert.Equal("migration trainer reporter collector", string.Join(' ', RoleFiles.Services("trainer", deployment).Select(s => s.Name)));
        Assert.Equal("${Prefix}/reporter", lasting["ReporterRepository"]["RepositoryName"]!["Fn::Sub"]!.GetValue<string>());
        Assert.True(lasting.Section("Outputs").ContainsKey("ReporterRepositoryUri"));
        Assert.Contains("ReporterRepository", lasting["TrainerRole"]["Policies"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ReporterRepository", lasting["ScorerRole"]["Policies"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.True(service.Section("Parameters").ContainsKey("ReporterImage"));
        Assert.Contains("export REPORTER_IMAGE='${ReporterImage}'", service["TrainerLaunchTemplate"].ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("reporter", service["ReporterErrorsAlarm"]["Dimensions"]![0]!["Value"]!.GetValue<string>());
    }

    [Fact]
    public void FourthService_WithAPublicPort_RunsBesideTheScorerBehindAListenerOfItsOwn()
    {
        var deployment = SampleDeployment.With(SampleDeployment.Reporter with { Ports = [new("http", 5003, IsPublic: true)] });
        var lasting = PublishedTemplate.Of("aws/base.yaml", deployment);
        var service = PublishedTemplate.Of("aws/service.yaml", deployment);

        Assert.Equal("scorer reporter collector", string.Join(' ', RoleFiles.Services("scorer", deployment).Select(s => s.Name)));
        Assert.Equal(5003, service["ReporterTargets"]["Port"]!.GetValue<int>());
        Assert.Equal(5003, service["ReporterListener"]["Port"]!.GetValue<int>());
        Assert.Equal(2, service["ScorerGroup"]["TargetGroupARNs"]!.AsArray().Count);
        Assert.Equal(5003, lasting["ReporterFromBalancer"]["FromPort"]!.GetValue<int>());
        Assert.Equal(5003, service["ReporterFromCallers"]["FromPort"]!.GetValue<int>());
        Assert.All(
            service.Resources.Concat(lasting.Resources),
            r => Assert.Empty(ResourceSpecification.Instance.Faults(r.Type, r.Resource["Properties"]?.AsObject() ?? [])));
    }

    private static string Text(JsonNode? node) => node!.ToString();

    [GeneratedRegex(@"^export ([A-Z0-9_]+)=", RegexOptions.Multiline)]
    private static partial Regex Export();

    [GeneratedRegex(@"\$\{([A-Z0-9_]+):\?")]
    private static partial Regex Required();
}
