using System.Globalization;
using System.Text;
using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>
/// What an instance does first: the release's values as <c>export</c> lines, then the text of <c>Instance/bootstrap.sh</c>, which names them.
/// A new release is new user data, and so a new version of the launch template.
/// </summary>
internal static class UserData
{
    private const string Bootstrap = "bootstrap.sh";

    /// <summary>The names of the lifecycle hooks.</summary>
    public const string Launching = "launching", Terminating = "terminating";

    // In the header's Fn::Sub, by the name that they have there.
    private static readonly (string Name, string Output)[] Imported =
    [
        ("Bucket", "BucketName"), ("Host", "DatabaseHost"), ("Port", "DatabasePort"), ("Database", "DatabaseName"), ("Secret", "DatabaseSecretArn"),
    ];

    /// <summary>The user data of a role's instances.</summary>
    public static Value Of(InstanceRole role)
    {
        var variables = new OrderedDictionary<string, Value>();
        foreach (var (name, output) in Imported)
        {
            variables.Add(name, Imports.Of(output));
        }

        return Fn.Base64(Fn.Join(string.Empty, new Sub(Header(role), variables), Text()));
    }

    private static string Header(InstanceRole role)
    {
        var lines = new StringBuilder("#!/bin/bash\n");
        foreach (var (name, value) in Values(role))
        {
            lines.Append(CultureInfo.InvariantCulture, $"export {name}='{value}'\n");
        }

        return lines.ToString();
    }

    private static IEnumerable<(string Name, string Value)> Values(InstanceRole role) =>
    [
        ("STACK", "${Prefix}"),
        ("ROLE", role.Name),
        ("RELEASE", "${Release}"),
        ("REGION", "${AWS::Region}"),
        ("BUCKET", "${Bucket}"),
        ("BUNDLE_SHA256", $"${{{ServiceParameters.BundleSha256(role).LogicalId}}}"),
        ("PORT", role.HealthPort.ToString(CultureInfo.InvariantCulture)),
        ("GROUP", GroupNames.Of(role)),
        ("LAUNCHING_HOOK", Launching),
        ("TERMINATING_HOOK", Terminating),
        ("DRAIN_SECONDS", $"{Balancer.DrainSeconds}"),
        ("REGISTRY", "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"),
        .. role.Images.Select(image => (image.Variable, $"${{{image.Parameter}}}")),
        ("STORE_URL", "s3://${Bucket}"),
        ("PARAMETERS", GroupNames.Parameters(role)),
        ("DATABASE_HOST", "${Host}"),
        ("DATABASE_PORT", "${Port}"),
        ("DATABASE_NAME", "${Database}"),
        ("DATABASE_SECRET_ARN", "${Secret}"),
    ];

    private static string Text()
    {
        using var stream = typeof(UserData).Assembly.GetManifestResourceStream(Bootstrap)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
