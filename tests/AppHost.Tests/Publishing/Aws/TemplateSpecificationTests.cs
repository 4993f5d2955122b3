namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>The templates against CloudFormation's own specification.</summary>
public sealed class TemplateSpecificationTests
{
    [Fact]
    public void Templates_Resources_AreOfKnownKinds() =>
        Assert.All(Resources(), r => Assert.True(ResourceSpecification.Instance.Knows(r.Type), $"{r.Id} is a {r.Type}, which Specification/cloudformation.json lacks; see extract.mjs."));

    [Fact]
    public void Templates_Properties_AreKnownAndOfTheirTypeAndNoneRequiredIsMissing()
    {
        var faults = Resources().SelectMany(r => ResourceSpecification.Instance
            .Faults(r.Type, r.Resource["Properties"]?.AsObject() ?? [])
            .Select(fault => $"{r.Id}: {fault}"));

        Assert.Empty(faults);
    }

    [Fact]
    public void Specification_AMisspeltAMissingAndAMistypedProperty_AreFaults()
    {
        var subnet = PublishedTemplate.Base["PublicSubnet1"].DeepClone().AsObject();
        subnet.Remove("VpcId");
        subnet["CidrBlok"] = "10.0.0.0/24";
        subnet["Tags"] = "none";

        Assert.Equal(
            ["AWS::EC2::Subnet.CidrBlok is unknown", "AWS::EC2::Subnet.Tags is not a list", "AWS::EC2::Subnet.VpcId is required and missing"],
            ResourceSpecification.Instance.Faults("AWS::EC2::Subnet", subnet).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Id, string Type, System.Text.Json.Nodes.JsonObject Resource)> Resources() =>
        PublishedTemplate.Both.SelectMany(t => t.Template.Resources);
}
