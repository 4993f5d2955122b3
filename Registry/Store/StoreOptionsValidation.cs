using Microsoft.Extensions.Options;

namespace Analytics.Registry.Store;

/// <summary>Stops the start of a service whose store settings cannot work, with what to set instead.</summary>
internal sealed class StoreOptionsValidation : IValidateOptions<StoreOptions>
{
    private static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Url))
        {
            faults.Add($"Store:Url is not set. Set it (environment variable Store__Url) to {StoreUrl.Forms}.");
        }
        else if (!StoreUrl.TryParse(options.Url, out _))
        {
            // The value itself may hold a password (s3://user:password@…), so it is not shown.
            faults.Add($"Store:Url is of another form: expected {StoreUrl.Forms}, without user name, port or query.");
        }

        if (options.ServiceUrl is { Length: > 0 } service
            && (!Uri.TryCreate(service, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0))
        {
            faults.Add("Store:ServiceUrl is of another form: expected http(s)://host:port, without user name.");
        }

        if (options.RequestTimeout < MinTimeout || options.RequestTimeout > MaxTimeout)
        {
            faults.Add($"Store:RequestTimeout: expected {MinTimeout} to {MaxTimeout}, found {options.RequestTimeout}.");
        }

        if (options.MaxRetries is < 0 or > 10)
        {
            faults.Add($"Store:MaxRetries: expected 0 to 10, found {options.MaxRetries}.");
        }

        if (!Enum.IsDefined(options.Checksums))
        {
            faults.Add($"Store:Checksums: expected WhenSupported or WhenRequired, found {options.Checksums}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
