using System.Text.Json;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>What tests expect of an ended run.</summary>
internal static class RunAssert
{
    public static void Succeeded(JsonElement run, int version, bool promoted)
    {
        Assert.True(run.GetProperty("state").GetString() == "succeeded", run.ToString());
        Assert.Equal((version, promoted), (run.GetProperty("version").GetInt32(), run.GetProperty("promoted").GetBoolean()));
    }
}
