using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Telemetry;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>A metric with the values of its dimensions: what an alarm or a graph asks for.</summary>
/// <param name="Namespace">CloudWatch's namespace.</param>
/// <param name="Name">The metric's name in it.</param>
/// <param name="Statistic">What of a period's values counts.</param>
/// <param name="Unit">The unit that it is sent with; another one would find nothing.</param>
/// <param name="Dimensions">Name and value, all of them.</param>
internal sealed record AlarmMetric(string Namespace, string Name, string Statistic, string Unit, IReadOnlyList<(string Name, Value Value)> Dimensions)
{
    /// <summary>A metric of our own, as the collector or the agent sends it.</summary>
    /// <exception cref="InvalidOperationException">It is not kept under these dimensions.</exception>
    public static AlarmMetric Of(CloudWatchMetric metric, params IReadOnlyList<(string Name, Value Value)> dimensions) =>
        metric.Dimensions.Any(kept => kept.SequenceEqual(dimensions.Select(d => d.Name)))
            ? new(CloudWatchMetrics.Namespace, metric.Name, metric.Statistic, metric.Unit, dimensions)
            : throw new InvalidOperationException(
                $"{metric.Name} is kept by {string.Join(" or ", metric.Dimensions.Select(d => string.Join('+', d)))}, not by {string.Join('+', dimensions.Select(d => d.Name))}.");

    /// <summary>A metric of a service as a whole.</summary>
    public static AlarmMetric Of(ServiceMetric metric, string service) => Of(metric, (CloudWatchMetrics.ServiceDimension, service));

    /// <summary>A metric of a service with one outcome.</summary>
    public static AlarmMetric Of(ServiceMetric metric, string service, string outcome) =>
        Of(metric, (CloudWatchMetrics.ServiceDimension, service), ("outcome", outcome));
}
