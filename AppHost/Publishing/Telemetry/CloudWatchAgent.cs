using System.Text.Encodings.Web;
using System.Text.Json;
using Settings = System.Collections.Generic.Dictionary<string, object>;

namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>
/// The configuration of Amazon's CloudWatch agent, for what a machine knows and no service does: processors, memory, disk, and the lines of containers
/// that ended badly.
/// </summary>
internal static class CloudWatchAgent
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file.</summary>
    /// <param name="role">What the machine is; its streams of log lines begin with it.</param>
    public static string Text(string role) => JsonSerializer.Serialize(
        new Settings
        {
            // The files of containers are root's.
            ["agent"] = new Settings { ["metrics_collection_interval"] = 60, ["run_as_user"] = "root" },
            ["metrics"] = new Settings
            {
                ["namespace"] = CloudWatchMetrics.Namespace,
                ["append_dimensions"] = new Settings
                {
                    [CloudWatchMetrics.GroupDimension] = $"${{aws:{CloudWatchMetrics.GroupDimension}}}",
                    ["InstanceId"] = "${aws:InstanceId}",
                },
                // Beside the metrics with all their dimensions: those that alarms and graphs ask for.
                ["aggregation_dimensions"] = CloudWatchMetrics.OfHosts.SelectMany(m => m.Dimensions).DistinctBy(d => string.Join(',', d)).ToList(),
                ["metrics_collected"] = CloudWatchMetrics.OfHosts.ToDictionary(m => m.Plugin, Collect),
            },
            ["logs"] = new Settings
            {
                ["logs_collected"] = new Settings
                {
                    ["files"] = new Settings
                    {
                        ["collect_list"] = new[]
                        {
                            File("/var/log/cloud-init-output.log", $"{role}/{{instance_id}}/start"),
                            ErrorsOfContainers(role),
                        },
                    },
                },
            },
        },
        Json) + "\n";

    private static object Collect(HostMetric metric)
    {
        var settings = new Settings { ["measurement"] = new[] { metric.Measurement } };
        switch (metric.Plugin)
        {
            case "cpu":
                settings["totalcpu"] = true;
                break;
            case "disk":
                settings["resources"] = new[] { "/" };
                settings["drop_device"] = true;
                break;
        }

        return settings;
    }

    private static Settings File(string path, string stream) => new()
    {
        ["file_path"] = path,
        ["log_group_name"] = LogGroups.Hosts,
        ["log_stream_name"] = stream,
    };

    // What services say goes by the collector; what a runtime says at a crash, and the collector itself, only to the container's error stream.
    private static Settings ErrorsOfContainers(string role)
    {
        var file = File("/var/lib/docker/containers/*/*-json.log", $"{role}/{{instance_id}}/containers");
        file["publish_multi_logs"] = true;
        file["filters"] = new[] { new Settings { ["type"] = "include", ["expression"] = "\"stream\":\"stderr\"" } };
        return file;
    }
}
