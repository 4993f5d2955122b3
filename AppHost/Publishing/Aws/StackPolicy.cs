using System.Text.Encodings.Web;
using System.Text.Json;
using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws;

/// <summary>
/// The base stack's policy: no update of the stack may delete or replace what holds data, whoever asks for it. To do so after all, one
/// update is given a policy of its own (<c>--stack-policy-during-update-body</c>).
/// </summary>
internal static class StackPolicy
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Denied = ["Update:Delete", "Update:Replace"];

    /// <summary>The policy of a template: every resource with a retention is kept.</summary>
    public static string Of(Template template) => JsonSerializer.Serialize(
        new
        {
            Statement = new object[]
            {
                new { Effect = "Allow", Principal = "*", Action = "Update:*", Resource = "*" },
                new
                {
                    Effect = "Deny",
                    Principal = "*",
                    Action = Denied,
                    Resource = template.Resources.Where(r => r.Retention is not null).Select(r => $"LogicalResourceId/{r.LogicalId}"),
                },
            },
        },
        Json) + "\n";
}
