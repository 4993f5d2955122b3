using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Analytics.Testing.Otlp;

/// <summary>A receiver of OTLP over gRPC on a port of its own, which keeps what it was sent.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app, int port) => (_app, Endpoint) = (app, $"http://127.0.0.1:{port}");

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
    public string Endpoint { get; }

    /// <summary>What was received, in order.</summary>
    public OtlpRecord Received => _app.Services.GetRequiredService<OtlpRecord>();

    /// <summary>Starts it on <paramref name="port"/>; 0: on a free one.</summary>
    public static async Task<OtlpReceiver> StartAsync(int port = 0)
    {
        port = port == 0 ? TestServers.FreePort() : port;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<OtlpRecord>();
        var app = builder.Build();
        app.MapGrpcService<Traces>();
        app.MapGrpcService<Metrics>();
        app.MapGrpcService<Logs>();
        await app.StartAsync();
        return new OtlpReceiver(app, port);
    }

    /// <summary>Ends it at once: connections break, as they do when the process is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private sealed class Traces(OtlpRecord record) : TraceService.TraceServiceBase
    {
        public override Task<Answer> Export(TraceRequest request, ServerCallContext context)
        {
            record.Add(request);
            return Task.FromResult(new Answer());
        }
    }

    private sealed class Metrics(OtlpRecord record) : MetricsService.MetricsServiceBase
    {
        public override Task<Answer> Export(MetricsRequest request, ServerCallContext context)
        {
            record.Add(request);
            return Task.FromResult(new Answer());
        }
    }

    private sealed class Logs(OtlpRecord record) : LogsService.LogsServiceBase
    {
        public override Task<Answer> Export(LogsRequest request, ServerCallContext context)
        {
            record.Add(request);
            return Task.FromResult(new Answer());
        }
    }
}

/// <summary>What a receiver was sent, flattened; any number of threads.</summary>
public sealed class OtlpRecord
{
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentQueue<ReceivedMetric> _metrics = new();
    private readonly ConcurrentQueue<ReceivedLog> _logs = new();

    /// <summary>The spans.</summary>
    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    /// <summary>The metrics, one of each export.</summary>
    public IReadOnlyCollection<ReceivedMetric> Metrics => _metrics;

    /// <summary>The lines of the log.</summary>
    public IReadOnlyCollection<ReceivedLog> Logs => _logs;

    internal void Add(TraceRequest request)
    {
        foreach (var of in request.ResourceSpans)
        {
            var resource = Read(of.Resource.Attributes);
            foreach (var span in of.ScopeSpans.SelectMany(s => s.Spans))
            {
                _spans.Enqueue(new ReceivedSpan(
                    resource, span.Name, Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId), span.StartTimeUnixNano, Read(span.Attributes)));
            }
        }
    }

    internal void Add(MetricsRequest request)
    {
        foreach (var of in request.ResourceMetrics)
        {
            var resource = Read(of.Resource.Attributes);
            foreach (var (meter, metric) in of.ScopeMetrics.SelectMany(s => s.Metrics.Select(m => (s.Scope.Name, m))))
            {
                _metrics.Enqueue(new ReceivedMetric(resource, meter, metric));
            }
        }
    }

    internal void Add(LogsRequest request)
    {
        foreach (var of in request.ResourceLogs)
        {
            var resource = Read(of.Resource.Attributes);
            foreach (var (category, line) in of.ScopeLogs.SelectMany(s => s.LogRecords.Select(l => (s.Scope?.Name ?? "", l))))
            {
                _logs.Enqueue(new ReceivedLog(resource, category, line.Body?.StringValue ?? "", Hex(line.TraceId), Hex(line.SpanId), Read(line.Attributes)));
            }
        }
    }

    internal static IReadOnlyDictionary<string, object> Read(IEnumerable<KeyValue> attributes) => attributes.ToDictionary(
        a => a.Key,
        a => a.Value.ValueCase switch
        {
            AnyValue.ValueOneofCase.BoolValue => a.Value.BoolValue,
            AnyValue.ValueOneofCase.IntValue => a.Value.IntValue,
            AnyValue.ValueOneofCase.DoubleValue => a.Value.DoubleValue,
            _ => (object)a.Value.StringValue,
        });

    private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}

/// <summary>A span.</summary>
public sealed record ReceivedSpan(
    IReadOnlyDictionary<string, object> Resource, string Name, string TraceId, string SpanId, string ParentId, ulong Start,
    IReadOnlyDictionary<string, object> Attributes)
{
    /// <summary>The service's name.</summary>
    public string Service => (string)Resource["service.name"];
}

/// <summary>A line of the log.</summary>
public sealed record ReceivedLog(
    IReadOnlyDictionary<string, object> Resource, string Category, string Text, string TraceId, string SpanId,
    IReadOnlyDictionary<string, object> Attributes)
{
    /// <summary>The service's name.</summary>
    public string Service => (string)Resource["service.name"];
}

/// <summary>A metric of one export.</summary>
public sealed record ReceivedMetric(IReadOnlyDictionary<string, object> Resource, string Meter, Metric Metric)
{
    /// <summary>The service's name.</summary>
    public string Service => (string)Resource["service.name"];

    /// <summary>The instrument's name.</summary>
    public string Name => Metric.Name;

    /// <summary>1: what happened since the last export; 2: since the start; 0: neither, a gauge.</summary>
    public int Temporality => Metric.DataCase switch
    {
        Metric.DataOneofCase.Sum => Metric.Sum.Temporality,
        Metric.DataOneofCase.Histogram => Metric.Histogram.Temporality,
        Metric.DataOneofCase.ExponentialHistogram => Metric.ExponentialHistogram.Temporality,
        _ => 0,
    };

    /// <summary>Its points: the attributes and the value, of a histogram the count.</summary>
    public IEnumerable<(IReadOnlyDictionary<string, object> Attributes, double Value)> Points => Metric.DataCase switch
    {
        Metric.DataOneofCase.Gauge => Metric.Gauge.DataPoints.Select(Read),
        Metric.DataOneofCase.Sum => Metric.Sum.DataPoints.Select(Read),
        Metric.DataOneofCase.Histogram => Metric.Histogram.DataPoints.Select(p => (OtlpRecord.Read(p.Attributes), (double)p.Count)),
        _ => Metric.ExponentialHistogram.DataPoints.Select(p => (OtlpRecord.Read(p.Attributes), (double)p.Count)),
    };

    private static (IReadOnlyDictionary<string, object> Attributes, double Value) Read(NumberPoint point) =>
        (OtlpRecord.Read(point.Attributes), point.ValueCase == NumberPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble);
}
