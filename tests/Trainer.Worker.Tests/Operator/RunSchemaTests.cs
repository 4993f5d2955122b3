using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Operator;

/// <summary>What a run says of the data goes before what the data set says, and before what is inferred.</summary>
public sealed class RunSchemaTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_SaysWhatColumnsAre_IsTrainedSoAndKeepsItsSplit()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        var csv = "zip,when,paid,amount,y\n" + string.Concat(Enumerable.Range(0, 120).Select(i =>
            $"{10000 + (i % 6)},{1 + (i % 28):00}.{1 + (i / 28):00}.2024,{i % 2},{(i % 10 == 0 ? "-999" : $"{i % 10}")},{(i % 10 < 5 ? "low" : "high")}\n"));
        using (var content = new StringContent(csv, Encoding.UTF8, "text/csv"))
        {
            using var put = await trainer.Client.PutAsync(new Uri("/datasets/d?label=y&number=zip", UriKind.Relative), content, Cancel);
            put.EnsureSuccessStatusCode();
        }

        var run = await trainer.EndOfAsync(await trainer.QueueAsync("m", new
        {
            dataset = "d",
            parameters = new { trees = 5 },
            schema = new { text = new[] { "zip" }, date = new[] { "when" }, dateFormat = "%d.%m.%Y", boolean = new[] { "paid" }, missing = new[] { "-999" } },
            split = new { by = "time", column = "when" },
        }));

        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        var manifest = await trainer.Registry.FindManifestAsync("m", 1, Cancel);
        Assert.Equal(
            ["zip Text True", "when Date True", "paid Boolean True", "amount Number False"],
            manifest!.Signature.Inputs.Select(i => $"{i.Name} {i.Type} {i.Required}"));
        Assert.Equal(DateParts.Of(ColumnType.Date), manifest.Signature.Inputs[1].Parts);
        Assert.Equal("2024-04-13", manifest.Data!.Cut);
        var dataset = await trainer.GetAsync("/datasets/d");
        Assert.Equal(("time", "when"), (dataset.GetProperty("split").GetProperty("by").GetString(), dataset.GetProperty("split").GetProperty("columns")[0].GetString()));
        // The data set still says what it said.
        Assert.Equal("zip", dataset.GetProperty("schema").GetProperty("number")[0].GetString());
        Assert.Equal(JsonValueKind.Null, dataset.GetProperty("schema").GetProperty("text").ValueKind);
    }

    [Fact]
    public void OverriddenBy_Parts_AreTheOthersWhereItSaysThem()
    {
        var set = new DatasetSchema("y", Exclude: ["a"], Classes: ["p", "q"], Text: ["t", "zip"]) { Number = ["n", "m"], DecimalSign = ",", Missing = ["-1"] };
        var run = set.OverriddenBy(new DatasetSchema(Include: ["b"]) { Number = ["zip"], Date = ["m"] });
        Assert.Equal(("y", ","), (run.Label, run.DecimalSign));
        Assert.Equal(["t"], run.Text!);
        Assert.Equal(["zip"], run.Number!);
        Assert.Equal(["m"], run.Date!);
        Assert.Equal(["a", "b", "p", "q", "-1"], [.. run.Exclude!, .. run.Include!, .. run.Classes!, .. run.Missing!]);
        Assert.Null(set.OverriddenBy(new DatasetSchema("z")).Classes);
        Assert.Equal(set, set.OverriddenBy(new DatasetSchema()) with { Text = set.Text, Number = set.Number });
    }
}
