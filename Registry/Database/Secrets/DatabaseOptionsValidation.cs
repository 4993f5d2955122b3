using System.ComponentModel.DataAnnotations;

namespace Analytics.Registry.Database.Secrets;

/// <summary>What keeps the settings of the database's secret from working, with what to set instead.</summary>
internal static class DatabaseOptionsValidation
{
    public static IReadOnlyList<string> Faults(DatabaseOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        var faults = results.Select(r => $"{DatabaseOptions.Section}: {r.ErrorMessage}").ToList();
        if (!string.IsNullOrWhiteSpace(options.Secret) && !SecretArn.TryParse(options.Secret, out _))
        {
            faults.Add($"Database:Secret is of another form: expected the secret's ARN, {SecretArn.Form}; found '{options.Secret}'.");
        }

        if (options.SecretServiceUrl is { Length: > 0 } service
            && (!Uri.TryCreate(service, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0))
        {
            faults.Add("Database:SecretServiceUrl is of another form: expected http(s)://host:port, without user name.");
        }

        return faults;
    }
}
