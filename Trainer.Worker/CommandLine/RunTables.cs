using System.Text.Json;
using Spectre.Console;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>Runs as tables.</summary>
internal static class RunTables
{
    /// <summary>One run, all of it.</summary>
    public static void WriteRun(IAnsiConsole console, JsonElement run)
    {
        var table = Terminal.Table("run", run.Text("id") ?? "");
        Row(table, "model", run.Text("model"));
        Row(table, "state", run.Text("state"));
        Row(table, "data set", run.Text("dataset"));
        Row(table, "algorithm", run.Text("algorithm"));
        Row(table, "stage", run.Text("state") == "running" ? $"{run.Text("stage")}, {run.Number("progress") * 100:0} %" : null);
        Row(table, "version", run.Text("version"));
        Row(table, "champion", run.Member("promoted") is { } promoted ? (promoted.GetBoolean() ? "yes" : "no") : null);
        foreach (var metric in run.Member("metrics") is { } metrics ? metrics.EnumerateObject().Select(m => (m.Name, Value: m.Value.GetDouble())) : [])
        {
            Row(table, metric.Name, JsonReading.Short(metric.Value));
        }

        Row(table, "gate", run.Member("gate")?.Text("reason"));
        Row(table, "took", Duration(run));
        Row(table, "attempts", run.Number("attempt") > 1 ? run.Text("attempt") : null);
        Row(table, "asked by", run.Text("requestedBy"));
        foreach (var warning in run.Items("warnings"))
        {
            Row(table, "warning", warning.GetString());
        }

        Row(table, "error", run.Text("error"));
        console.Write(table);
    }

    /// <summary>Many runs, a line each.</summary>
    public static void WriteRuns(IAnsiConsole console, JsonElement answer)
    {
        var table = Terminal.Table("run", "model", "state", "version", "accuracy", "asked at", "by", "took");
        foreach (var run in answer.Items("runs"))
        {
            table.AddRow(Escaped(
                run.Text("id"), run.Text("model"), run.Text("state"), run.Text("version"), JsonReading.Short(run.Member("metrics")?.Number("accuracy")),
                run.Time("requestedAt"), run.Text("requestedBy"), Duration(run)));
        }

        console.Write(table);
        if (answer.Text("next") is { } next)
        {
            console.WriteLine($"There are more: --after {next}");
        }
    }

    /// <summary>Two runs beside each other; what is the same in both is left out.</summary>
    public static void WriteComparison(IAnsiConsole console, JsonElement comparison)
    {
        var table = Terminal.Table("", comparison.Member("a")!.Value.Text("id")!, comparison.Member("b")!.Value.Text("id")!, "difference");
        foreach (var setting in comparison.Items("settings").Concat(comparison.Items("parameters")).Where(s => s.Member("differs")?.GetBoolean() == true))
        {
            table.AddRow(Escaped(setting.Text("name"), setting.Text("a"), setting.Text("b"), ""));
        }

        foreach (var metric in comparison.Items("metrics"))
        {
            table.AddRow(Escaped(
                metric.Text("name"), JsonReading.Short(metric.Number("a")), JsonReading.Short(metric.Number("b")), JsonReading.Short(metric.Number("difference"))));
        }

        console.Write(table);
    }

    /// <summary>Cells of a table; null is empty.</summary>
    public static string[] Escaped(params string?[] cells) => [.. cells.Select(c => Markup.Escape(c ?? ""))];

    private static void Row(Table table, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            table.AddRow(Escaped(name, value));
        }
    }

    private static string? Duration(JsonElement run) =>
        run.Member("startedAt") is { } start && run.Member("endedAt") is { } end
            ? JsonReading.Short(Math.Round((end.GetDateTimeOffset() - start.GetDateTimeOffset()).TotalSeconds, 1)) + " s"
            : null;
}
