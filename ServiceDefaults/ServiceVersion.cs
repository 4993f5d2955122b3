using System.Reflection;

namespace Analytics.ServiceDefaults;

/// <summary>The version of the running code.</summary>
public static class ServiceVersion
{
    /// <summary>The entry assembly's informational version, such as <c>0.1.0+3f2c…</c>.</summary>
    public static string Current { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
