using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>What the instances may do: each role's own.</summary>
internal static class InstanceRoles
{
    /// <summary>Adds roles and their profiles; returns the profiles and roles by the role's name.</summary>
    public static IReadOnlyDictionary<string, (StackResource Role, StackResource Profile)> AddTo(Template template, Fleet fleet, BaseResources made) =>
        fleet.Roles.ToDictionary(role => role.Name, role =>
        {
            var instanceRole = template.Add($"{role.LogicalName}Role", new Role
            {
                Description = new Sub($"Instances of ${{Prefix}}-{role.Name}."),
                AssumeRolePolicyDocument = Statement.TrustedBy("ec2.amazonaws.com"),
                Policies = [new(role.Name, new([.. Store(role == fleet.Trainer, made), .. InstancePolicy.Of(role, made)]))],
            });
            return (instanceRole, template.Add($"{role.LogicalName}Profile", new InstanceProfile { Roles = [instanceRole.Ref] }));
        });

    private static IEnumerable<Statement> Store(bool trains, BaseResources made)
    {
        yield return List(made.Bucket, trains ? [Base.Store.Models, Base.Store.Datasets, Base.Store.Journal] : [Base.Store.Models, Base.Store.Journal]);
        if (trains)
        {
            yield return Objects("ReadStore", [Base.Store.Models, Base.Store.Datasets, Base.Store.Journal, Base.Store.Deploy], "s3:GetObject");
            yield return Objects("WriteStore", [Base.Store.Models, Base.Store.Datasets], "s3:PutObject", "s3:AbortMultipartUpload");
            yield return Objects("CleanStore", [Base.Store.Models, Base.Store.Datasets, Base.Store.Journal], "s3:DeleteObject");
        }
        else
        {
            yield return Objects("ReadStore", [Base.Store.Models, Base.Store.Deploy], "s3:GetObject");
            yield return Objects("HandJournalOver", [Base.Store.Journal], "s3:PutObject", "s3:AbortMultipartUpload");
        }
    }

    /// <summary>
    /// Without it S3 answers 403 for a missing key, and there no prefix is asked for: hence "if exists". What is listed is under the prefixes.
    /// </summary>
    private static Statement List(StackResource bucket, IReadOnlyList<string> prefixes) => new()
    {
        Sid = "ListStore",
        Action = ["s3:ListBucket"],
        Resource = [bucket.Attribute("Arn")],
        Condition = Statement.If("StringLikeIfExists", "s3:prefix", [.. prefixes.Select(p => $"{p}/*")]),
    };

    private static Statement Objects(string sid, IReadOnlyList<string> prefixes, params IReadOnlyList<string> actions) =>
        Statement.Allow(sid, [.. prefixes.Select(Base.Store.Objects)], actions);
}
