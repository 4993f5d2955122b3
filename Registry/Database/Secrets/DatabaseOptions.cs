using System.ComponentModel.DataAnnotations;

namespace Analytics.Registry.Database.Secrets;

/// <summary>Whose name and password the services use at the database (section <c>Database</c>).</summary>
public sealed class DatabaseOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Database";

    /// <summary>
    /// The ARN of a secret in AWS Secrets Manager, such as the one that RDS keeps for its master user: JSON with <c>username</c> and
    /// <c>password</c>. It is read when a connection is made, so that a rotation needs no restart. Default: none; name and password
    /// then stand in <c>ConnectionStrings:analytics</c>.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>The endpoint of Secrets Manager, for a private one. Default: the public one of the secret's region.</summary>
    public string? SecretServiceUrl { get; set; }

    /// <summary>
    /// How long a password that works is used for further connections before it is read again; after a refusal it is read again at
    /// once. Default: 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan SecretLifetime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long reading the secret may take. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan SecretTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
