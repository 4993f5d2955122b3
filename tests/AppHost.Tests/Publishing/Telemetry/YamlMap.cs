namespace Analytics.AppHost.Tests.Publishing.Telemetry;

/// <summary>A map of a YAML document; what is missing is an empty one.</summary>
internal sealed class YamlMap(object? map)
{
    private readonly Dictionary<object, object?> _map = map as Dictionary<object, object?> ?? [];

    public IReadOnlyList<string> Keys => [.. _map.Keys.Cast<string>()];

    public YamlMap Of(string key) => new(_map.GetValueOrDefault(key));

    public string? Text(string key) => (string?)_map.GetValueOrDefault(key);

    public IReadOnlyList<string> List(string key) => [.. Items(key).Cast<string>()];

    public IReadOnlyList<YamlMap> Maps(string key) => [.. Items(key).Select(item => new YamlMap(item))];

    public IReadOnlyList<IReadOnlyList<string>> Lists(string key) => [.. Items(key).Select(item => ((List<object>)item).Cast<string>().ToList())];

    private List<object> Items(string key) => (List<object>?)_map.GetValueOrDefault(key) ?? [];
}
