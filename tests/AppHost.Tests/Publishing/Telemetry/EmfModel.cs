using System.Text.RegularExpressions;
using Analytics.Testing.Otlp;

namespace Analytics.AppHost.Tests.Publishing.Telemetry;

/// <summary>
/// What the collector's configuration makes of a metric, by the rules of its components (opentelemetry-collector-contrib v0.156.0): the filter drops,
/// the transform renames, the resource's attributes become the metric's, and of those the exporter takes as dimensions the declared sets that the metric
/// has whole.
/// </summary>
internal sealed class EmfModel(YamlMap configuration)
{
    private readonly YamlMap _exporter = configuration.Of("exporters").Of("awsemf");
    private readonly YamlMap _processors = configuration.Of("processors");

    /// <summary>The CloudWatch metrics of one export, a value each.</summary>
    public IEnumerable<EmittedMetric> Of(ReceivedMetric metric)
    {
        if (IsDropped(metric.Name))
        {
            yield break;
        }

        var name = _processors.Of("metrics_transform").Maps("transforms").FirstOrDefault(t => t.Text("include") == metric.Name)?.Text("new_name") ?? metric.Name;
        var descriptor = _exporter.Maps("metric_descriptors").Single(d => d.Text("metric_name") == name);
        foreach (var (attributes, value) in metric.Points)
        {
            var labels = Resource(metric).Concat(attributes).DistinctBy(a => a.Key).ToDictionary(a => a.Key, a => a.Value.ToString()!);
            foreach (var set in _exporter.Maps("metric_declarations").Where(d => Selects(d, name)).SelectMany(d => d.Lists("dimensions")))
            {
                if (set.Count <= 10 && set.All(labels.ContainsKey))
                {
                    yield return new EmittedMetric(
                        _exporter.Text("namespace")!, name, descriptor.Text("unit")!, set.ToDictionary(d => d, d => labels[d]), metric.Temporality, value);
                }
            }
        }
    }

    private bool IsDropped(string name) => _processors.Of("filter").List("metric_conditions").Any(condition =>
        condition.Split(" and ").All(part => part != $"metric.name != \"{name}\""));

    private IEnumerable<KeyValuePair<string, object>> Resource(ReceivedMetric metric)
    {
        var added = _processors.Of("resource").Maps("attributes").Select(a => KeyValuePair.Create(a.Text("key")!, metric.Resource[a.Text("from_attribute")!]));
        return _exporter.Of("resource_to_telemetry_conversion").Text("enabled") == "true" ? metric.Resource.Concat(added) : [];
    }

    private static bool Selects(YamlMap declaration, string name) =>
        declaration.List("metric_name_selectors").Any(s => Regex.IsMatch(name, s.Replace("$$", "$", StringComparison.Ordinal)));
}

/// <summary>A value of a metric as CloudWatch gets it.</summary>
internal sealed record EmittedMetric(
    string Namespace, string Name, string Unit, IReadOnlyDictionary<string, string> Dimensions, int Temporality, double Value)
{
    /// <summary>The dimensions' names, as a declaration has them.</summary>
    public string Set => string.Join(", ", Dimensions.Keys);
}
