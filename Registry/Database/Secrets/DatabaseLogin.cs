using System.Text.Json;

namespace Analytics.Registry.Database.Secrets;

/// <summary>Who connects.</summary>
internal sealed record DatabaseLogin(string Username, string Password)
{
    /// <summary>Reads the secret's JSON; null when it lacks one of the two.</summary>
    public static DatabaseLogin? Parse(string secret)
    {
        try
        {
            using var document = JsonDocument.Parse(secret);
            return Text(document.RootElement, "username") is { Length: > 0 } username
                && Text(document.RootElement, "password") is { Length: > 0 } password
                    ? new DatabaseLogin(username, password)
                    : null;
        }
        catch (JsonException)
        {
            // The parser's message may quote the secret.
            return null;
        }
    }

    /// <summary>Never the password.</summary>
    public override string ToString() => Username;

    private static string? Text(JsonElement secret, string name) =>
        secret.ValueKind == JsonValueKind.Object && secret.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
