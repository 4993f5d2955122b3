using System.Text.RegularExpressions;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>What <c>docs/aws.md</c> says of parameters and alarms is what the templates have.</summary>
public sealed partial class AwsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "aws.md"));

    [Fact]
    public void Page_Parameters_AreTheTemplates()
    {
        var named = Rows("Parameters").SelectMany(row => Name().Matches(row.Split('|')[1])).Select(m => m.Groups[1].Value).Append("Prefix");
        var parameters = PublishedTemplate.Both.SelectMany(t => t.Template.Section("Parameters")).Select(p => p.Key).Distinct();

        Assert.Equal(parameters.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Page_Alarms_AreTheTemplatesWithTheirTreatmentOfMissingData()
    {
        var named = Rows("Alarms").SelectMany(row => Name().Matches(row.Split('|')[1]).Select(m => $"{m.Groups[1].Value} {row.Split('|')[3].Split(':')[0].Trim()}"));
        var service = PublishedTemplate.Service;
        var alarms = service.IdsOf("AWS::CloudWatch::Alarm").Select(id => $"{service[id]["AlarmName"]!["Fn::Sub"]!.ToString()["${Prefix}-".Length..]} {service[id]["TreatMissingData"]}");

        Assert.Equal(alarms.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Rows(string heading) =>
        Page.Split($"\n## {heading}\n")[1].Split("\n## ")[0].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal));

    [GeneratedRegex("`([A-Za-z0-9-]+)`")]
    private static partial Regex Name();
}
