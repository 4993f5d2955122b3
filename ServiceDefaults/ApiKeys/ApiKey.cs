namespace Analytics.ServiceDefaults.ApiKeys;

/// <summary>One configured key. The key itself is nowhere in the configuration.</summary>
public sealed class ApiKey
{
    /// <summary>Who has the key: the <c>who</c> of every record. 1 to 63 characters, unique in its scope.</summary>
    public string Name { get; set; } = "";

    /// <summary>SHA-256 of the key's UTF-8 bytes, 64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";
}
