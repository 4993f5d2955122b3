using System.Text;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>Whole runs with the real child process, from the API to the registry.</summary>
public sealed class RunWorkerTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_Iris_CommitsAVersionAndMakesItChampion()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");

        var first = await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset = "iris" }));
        var second = await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset = "iris", algorithm = "lightgbm", promote = "never" }));

        RunAssert.Succeeded(first, version: 1, promoted: true);
        RunAssert.Succeeded(second, version: 2, promoted: false);
        var manifest = await trainer.Registry.FindManifestAsync("iris", 1, Cancel);
        Assert.Equal(first.GetProperty("id").GetGuid(), manifest!.RunId);
        Assert.Equal(["setosa", "versicolor", "virginica"], manifest.Signature.Output.Classes!);
        Assert.True(manifest.Gate!.Promote);
        Assert.NotNull(manifest.CodeVersion);
        Assert.Equal(150, manifest.Data!.Rows);
        Assert.Equal(1, (await trainer.Registry.FindManifestAsync("iris", 2, Cancel))!.Gate!.ChampionVersion);
        var alias = (await trainer.Registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel)).Setting;
        Assert.Equal((1, $"run {manifest.RunId}"), (alias!.Version, alias.SetBy));
        foreach (var file in manifest.Files)
        {
            await trainer.Registry.FetchFileAsync("iris", file, Path.Combine(trainer.Folder, file.Role), Cancel);
        }

        Assert.NotNull(await trainer.Services.GetRequiredService<DatasetStore>().ReadSplitAsync("iris", Cancel));
        Assert.Equal(32, first.GetProperty("traceId").GetString()!.Length);
        Assert.True(first.GetProperty("metrics").GetProperty("accuracy").GetDouble() > 0.8);
    }

    [Fact]
    public async Task Run_RunsOwnColumns_OverrideTheDatasets()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=petal_width&exclude=species");

        var run = await trainer.EndOfAsync(await trainer.QueueAsync(
            "iris", new { dataset = "iris", label = "species", exclude = new[] { "petal_length" } }));

        RunAssert.Succeeded(run, version: 1, promoted: true);
        var manifest = await trainer.Registry.FindManifestAsync("iris", 1, Cancel);
        Assert.Equal(["sepal_length", "sepal_width", "petal_width"], manifest!.Signature.Inputs.Select(i => i.Name));
    }

    [Fact]
    public async Task Run_DataNobodyCanTrainOn_FailsWithASentenceAndTheChampionStays()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        RunAssert.Succeeded(await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset = "iris" })), 1, true);
        var rows = string.Concat(Enumerable.Range(0, 20).Select(i => $"{i},{(i % 2 == 0 ? "a" : "b")}\n"));

        var cases = new (string Dataset, byte[] Content, string Label, string Sentence)[]
        {
            ("no-label", Encoding.UTF8.GetBytes("x,y\n" + rows), "z", "no column 'z'|does not have; it has 'x', 'y'"),
            ("one-class", Encoding.UTF8.GetBytes("x,y\n" + rows.Replace('b', 'a')), "y", "same label 'a'"),
            ("few-rows", "x,y\n1,a\n2,b\n"u8.ToArray(), "y", "at least 10"),
            ("ragged", Encoding.UTF8.GetBytes("x,y\n" + rows + "5\n" + rows), "y", "Line 22"),
            ("not-text", RandomBytes(), "y", "not UTF-8 text"),
        };
        foreach (var (dataset, content, label, sentence) in cases)
        {
            // Into the store by other means: an upload refuses some of them at once.
            var file = Path.Combine(trainer.Folder, dataset);
            await File.WriteAllBytesAsync(file, content, Cancel);
            await trainer.Store.PutFileAsync($"datasets/{dataset}/data.csv", file, Cancel);

            var run = await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset, label, promote = "force" }));

            Assert.Equal("failed", run.GetProperty("state").GetString());
            var error = run.GetProperty("error").GetString()!;
            Assert.True(sentence.Split('|').Any(s => error.Contains(s, StringComparison.Ordinal)), $"{dataset}: {error}");
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            Assert.Equal(1, run.GetProperty("attempt").GetInt32());
        }

        Assert.Equal([1], await trainer.Registry.ListVersionsAsync("iris", Cancel).ToListAsync(Cancel));
        Assert.Equal(1, (await trainer.Registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel)).Setting!.Sequence);
    }

    [Fact]
    public async Task Run_DatasetGoneMeanwhile_FailsWithASentence()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        var queue = trainer.Services.GetRequiredService<Worker.Runs.RunQueue>();

        var (queued, _) = await queue.EnqueueAsync(
            new() { Model = "iris", Dataset = "gone", Algorithm = "random-forest", RequestedBy = "test" }, Cancel);
        var run = await trainer.EndOfAsync(queued.Id);

        Assert.Contains("'gone' is not in the store", run.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ChildKilled_IsAttemptedAgain()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        var id = await trainer.QueueAsync("iris", new { dataset = "iris" });

        AttemptProcesses.Kill(await AttemptProcesses.StartedAsync(id));
        var run = await trainer.EndOfAsync(id);

        RunAssert.Succeeded(run, version: 1, promoted: true);
        Assert.Equal(2, run.GetProperty("attempt").GetInt32());
    }

    [Fact]
    public async Task Run_ChildKilledEachTime_FailsInTheEnd()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres, null, ("Trainer:MaxAttempts", "2"));
        await trainer.UploadAsync("letter", "letter.csv", "label=lettr");
        var id = await trainer.QueueAsync("letter", new { dataset = "letter" });

        var first = await AttemptProcesses.StartedAsync(id);
        AttemptProcesses.Kill(first);
        await TestTrainer.UntilAsync(() => Task.FromResult(AttemptProcesses.Of(id) is [var next] && next != first), "the second attempt");
        AttemptProcesses.Kill(AttemptProcesses.Of(id).Single());
        var run = await trainer.EndOfAsync(id);

        Assert.Equal("failed", run.GetProperty("state").GetString());
        Assert.Contains("killed from outside (signal 9)", run.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, run.GetProperty("attempt").GetInt32());
    }

    [Fact]
    public async Task Run_Cancelled_EndsItsProcessWithin2SecondsAndCommitsNothing()
    {
        // A lease as long as it is in use: a cancel does not wait for a heartbeat.
        await using var trainer = await TestTrainer.StartAsync(
            postgres, null, ("Trainer:Lease", "00:01:00"), ("Trainer:Heartbeat", "00:00:20"), ("Trainer:Poll", "00:00:01"));
        await trainer.UploadAsync("letter", "letter.csv", "label=lettr");
        var id = await trainer.QueueAsync("letter", new { dataset = "letter" });
        await AttemptProcesses.StartedAsync(id);

        using var response = await trainer.Client.DeleteAsync(new Uri($"/runs/{id}", UriKind.Relative), Cancel);
        var run = await trainer.EndOfAsync(id);

        Assert.Equal(System.Net.HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("cancelled", run.GetProperty("state").GetString());
        Assert.InRange(
            run.GetProperty("endedAt").GetDateTimeOffset() - run.GetProperty("cancelRequestedAt").GetDateTimeOffset(),
            TimeSpan.Zero,
            TimeSpan.FromSeconds(2));
        await AttemptProcesses.GoneAsync(id);
        Assert.Empty(await trainer.Registry.ListModelsAsync(Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Run_MoreMemoryThanAllowed_FailsWithASentenceAndTheWorkerGoesOn()
    {
        await using var trainer = await TestTrainer.StartAsync(
            postgres, null, ("Trainer:MaxMemory", (128 * 1024 * 1024).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await trainer.UploadAsync("letter", "letter.csv", "label=lettr");

        var run = await trainer.EndOfAsync(await trainer.QueueAsync("letter", new { dataset = "letter" }));

        Assert.Equal("failed", run.GetProperty("state").GetString());
        Assert.Contains("more than 128 MB", run.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, run.GetProperty("attempt").GetInt32());
        using var ready = await trainer.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancel);
        Assert.Equal(System.Net.HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Samples_FirstStart_AreTrainedOnce()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres, null, ("Trainer:TrainSamples", "true"));
        await TestTrainer.UntilAsync(async () => (await trainer.GetAsync("/models")).GetProperty("models").GetArrayLength() == 2, "both models");
        await using (await TestTrainer.StartAsync(postgres, trainer, ("Trainer:TrainSamples", "true")))
        {
            await TestTrainer.UntilAsync(
                async () => (await trainer.GetAsync("/runs?state=succeeded")).GetProperty("runs").GetArrayLength() == 2, "the end of both runs");
        }

        var models = (await trainer.GetAsync("/models")).GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["iris", "penguins"], models.Select(m => m.GetProperty("name").GetString()));
        Assert.All(models, m => Assert.Equal((1, 1), (m.GetProperty("newest").GetInt32(), m.GetProperty("champion").GetInt32())));
        Assert.Equal(2, (await trainer.GetAsync("/runs")).GetProperty("runs").GetArrayLength());
        var penguins = await trainer.Registry.FindManifestAsync("penguins", 1, Cancel);
        Assert.DoesNotContain("Individual ID", penguins!.Signature.Inputs.Select(i => i.Name));
        Assert.Contains("Culmen Length (mm)", penguins.Signature.Inputs.Select(i => i.Name));
    }

    private static byte[] RandomBytes()
    {
        var bytes = new byte[5000];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
