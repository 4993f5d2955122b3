namespace Analytics.AppHost;

/// <summary>Where the services' telemetry goes. Started from here it goes to the dashboard, by Aspire's own settings; published, to the collector.</summary>
internal static class TelemetryExtensions
{
    /// <summary>The collector's address in every published way to run, by OTLP over gRPC.</summary>
    public const string CollectorAddress = "http://collector:4317";

    /// <summary>
    /// Published: the address, and the form that CloudWatch needs. It wants what happened since the last export and not since the start (the exporter
    /// for it drops the first value of a running total, and keeps nothing of a total's histogram but the sum), and percentiles only of exponential
    /// histograms.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithTelemetry(this IResourceBuilder<ProjectResource> service) =>
        service.ApplicationBuilder.ExecutionContext.IsRunMode
            ? service
            : service
                .WithEnvironment("OTEL_SERVICE_NAME", service.Resource.Name)
                .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", CollectorAddress)
                .WithEnvironment("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
                .WithEnvironment("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram");
}
