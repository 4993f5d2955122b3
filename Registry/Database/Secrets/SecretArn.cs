using System.Diagnostics.CodeAnalysis;
using Amazon;

namespace Analytics.Registry.Database.Secrets;

/// <summary>The name of a secret: <c>arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME</c>.</summary>
internal sealed record SecretArn(string Value, string Region)
{
    public const string Form = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME";

    /// <summary>The public endpoint of the region's Secrets Manager.</summary>
    public Uri Endpoint => new($"https://secretsmanager.{Region}.{RegionEndpoint.GetBySystemName(Region).PartitionDnsSuffix}");

    public static bool TryParse(string value, [NotNullWhen(true)] out SecretArn? arn)
    {
        arn = value.Split(':', 7) is ["arn", _, "secretsmanager", { Length: > 0 } region, { Length: > 0 }, "secret", { Length: > 0 }]
            ? new SecretArn(value, region)
            : null;
        return arn is not null;
    }
}
