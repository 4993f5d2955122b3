using System.Text.Json;
using Analytics.Testing;
using Analytics.Trainer.Worker.CommandLine;

namespace Analytics.Trainer.Worker.Tests.CommandLine;

/// <summary>The verbs against a running trainer, over HTTP.</summary>
public sealed class CommandLineTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Train_FollowAsJson_IsOneDocumentAndExitsWith0()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await PutIrisAsync(trainer);

        var (code, output, error) = await RunAsync(trainer, "train", "iris", "--follow", "--param", "trees=20", "--output", "json");

        Assert.True(code == 0, error + output);
        using var run = JsonDocument.Parse(output);
        Assert.Equal("succeeded", run.RootElement.GetProperty("state").GetString());
        Assert.Equal(20, run.RootElement.GetProperty("parameters").GetProperty("trees").GetInt32());
        Assert.Equal(1, run.RootElement.GetProperty("version").GetInt32());
        Assert.Empty(error);
        Assert.InRange(run.RootElement.GetProperty("rows").GetInt64(), 100, 140);
        Assert.True(run.RootElement.GetProperty("rowsPerSecond").GetDouble() > 0);
    }

    [Fact]
    public async Task Train_FollowAsText_TellsTheStagesAndATable()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await PutIrisAsync(trainer);

        var (code, output, _) = await RunAsync(trainer, "train", "iris", "--follow");

        Assert.Equal(0, code);
        Assert.Contains("% succeeded", output, StringComparison.Ordinal);
        Assert.Matches(@"champion +│ yes", output);
        Assert.Matches(@"accuracy +│ 0\.\d+|accuracy +│ 1 ", output);
    }

    [Fact]
    public async Task Train_RunFails_ExitsWith1()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await PutIrisAsync(trainer);

        var (code, output, _) = await RunAsync(trainer, "train", "iris", "--label", "nothing", "--follow", "-o", "json");

        Assert.Equal(1, code);
        using var run = JsonDocument.Parse(output);
        Assert.Equal("failed", run.RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Train_CtrlCWhileFollowing_ExitsWith130AndTheRunGoesOn()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PutIrisAsync(trainer);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var output = new StringWriter();

        var following = TrainerCommandLine.RunAsync(
            ["train", "iris", "--follow", "--url", trainer.Client.BaseAddress!.ToString()], output, TextWriter.Null, stop.Token);
        await TestTrainer.UntilAsync(() => Task.FromResult(output.ToString().Contains("queued", StringComparison.Ordinal)), "the first event");
        await stop.CancelAsync();

        Assert.Equal(130, await following);
        Assert.Contains("goes on", output.ToString(), StringComparison.Ordinal);
        var run = Assert.Single((await trainer.GetAsync("/runs")).GetProperty("runs").EnumerateArray());
        Assert.Equal("queued", run.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Verbs_OverAModelsLife_DoWhatTheySay()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PutIrisAsync(trainer);
        for (var version = 1; version <= 3; version++)
        {
            await Manifests.CommitAsync(trainer.Registry, "iris", version, Guid.NewGuid());
        }

        Assert.Contains("150 rows", (await OkAsync(trainer, "dataset", "put", "iris", RepositoryFiles.Data("iris.csv"))).Output, StringComparison.Ordinal);
        Assert.Contains("petal_width", (await OkAsync(trainer, "dataset", "show", "iris")).Output, StringComparison.Ordinal);
        await OkAsync(trainer, "promote", "iris", "1", "--reason", "first");
        await OkAsync(trainer, "promote", "iris", "2", "--alias", "challenger", "--reason", "to watch");
        await OkAsync(trainer, "promote", "iris", "--reason", "the challenger did well");
        Assert.Contains("version 2", (await OkAsync(trainer, "promote", "iris", "--reason", "again")).Output, StringComparison.Ordinal);
        Assert.Contains("version 1", (await OkAsync(trainer, "rollback", "iris", "--reason", "it did not")).Output, StringComparison.Ordinal);
        Assert.Matches(@"│ 2 +│ challenger", (await OkAsync(trainer, "models", "iris")).Output);
        Assert.Matches(@"│ iris +│ 3", (await OkAsync(trainer, "models")).Output);
        var id = Id(await OkAsync(trainer, "train", "iris", "--dataset", "iris", "-o", "json"));
        var schema = Path.Combine(trainer.Folder, "schema.json");
        await File.WriteAllTextAsync(schema, """{"text":["petal_width"]}""", TestContext.Current.CancellationToken);
        var said = (await OkAsync(trainer, "train", "iris", "--split", "group:petal_width:0.3", "--schema", schema, "-o", "json")).Output;
        Assert.Contains("petal_width", said, StringComparison.Ordinal);
        Assert.Contains("0.3", said, StringComparison.Ordinal);
        await OkAsync(trainer, "cancel", $"{Guid.Parse(JsonDocument.Parse(said).RootElement.GetProperty("id").GetString()!)}");
        var other = Id(await OkAsync(trainer, "train", "iris", "-p", "trees=7", "-o", "json"));
        var comparison = (await OkAsync(trainer, "runs", "compare", $"{id}", $"{other}", "-o", "json")).Output;
        Assert.Contains("trees", comparison, StringComparison.Ordinal);
        Assert.Contains($"{id}", (await OkAsync(trainer, "runs", "--model", "iris", "--state", "queued")).Output, StringComparison.Ordinal);
        Assert.Contains("is cancelled", (await OkAsync(trainer, "cancel", $"{id}")).Output, StringComparison.Ordinal);
        Assert.Contains("cancelled", (await OkAsync(trainer, "runs", "show", $"{id}")).Output, StringComparison.Ordinal);

        var (code, _, error) = await RunAsync(trainer, "cancel", $"{id}");
        Assert.Equal(1, code);
        Assert.Contains("cancelled already", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no version 9", "promote", "iris", "9", "--reason", "x")]
    [InlineData("has no challenger", "promote", "iris", "--reason", "x")]
    [InlineData("never set", "rollback", "iris", "--reason", "x")]
    [InlineData("no algorithm 'svm'", "train", "iris", "-a", "svm")]
    [InlineData("name=value", "train", "iris", "-p", "trees")]
    [InlineData("'split.by' is hash, time or group", "train", "iris", "--split", "day")]
    [InlineData("cannot be read as JSON", "train", "iris", "--schema", "/nowhere/schema.json")]
    [InlineData("given twice", "train", "iris", "-p", "trees=1", "-p", "trees=2")]
    [InlineData("no data set 'wine'", "train", "wine")]
    [InlineData("There is no file", "dataset", "put", "wine", "/nowhere/wine.csv")]
    [InlineData("There is no run", "runs", "show", "0198a6a5-0000-7000-8000-000000000000")]
    public async Task Verb_CannotDoIt_ExitsWith1AndSaysWhyInTextAndInJson(string sentence, params string[] args)
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PutIrisAsync(trainer);
        await Manifests.CommitAsync(trainer.Registry, "iris", 1, Guid.NewGuid());

        var text = await RunAsync(trainer, args);
        var json = await RunAsync(trainer, [.. args, "--output", "json"]);

        Assert.Equal((1, 1), (text.Code, json.Code));
        Assert.Contains(sentence, text.Error, StringComparison.Ordinal);
        using var problem = JsonDocument.Parse(json.Error);
        Assert.Contains(sentence, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(json.Output);
    }

    [Theory]
    [InlineData("train, runs, cancel, models, promote, rollback, dataset, migrate", "trian")]
    [InlineData("--reason", "promote", "iris", "1")]
    [InlineData("seventeen", "cancel", "seventeen")]
    [InlineData("json", "runs", "--output", "yaml")]
    public async Task Verb_NotUnderstood_ExitsWith2AndSaysWhy(string sentence, params string[] args)
    {
        await using StringWriter output = new(), error = new();

        Assert.Equal(2, await TrainerCommandLine.RunAsync(args, output, error, Cancel));
        Assert.Contains(sentence, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verb_NobodyThere_SaysWhereItLooked()
    {
        var nobody = $"http://127.0.0.1:{TestServers.FreePort()}/";
        await using StringWriter output = new(), error = new();

        Assert.Equal(1, await TrainerCommandLine.RunAsync(["models", "--url", nobody], output, error, Cancel));
        Assert.Contains(nobody, error.ToString(), StringComparison.Ordinal);
    }

    private static Task PutIrisAsync(TestTrainer trainer) => trainer.UploadAsync("iris", "iris.csv", "label=species");

    private static Guid Id((string Output, string Error) answer) => JsonDocument.Parse(answer.Output).RootElement.GetProperty("id").GetGuid();

    private static async Task<(string Output, string Error)> OkAsync(TestTrainer trainer, params string[] args)
    {
        var (code, output, error) = await RunAsync(trainer, args);
        Assert.True(code == 0, $"{string.Join(' ', args)}: {code}\n{error}\n{output}");
        return (output, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(TestTrainer trainer, params string[] args)
    {
        await using StringWriter output = new(), error = new();
        var code = await TrainerCommandLine.RunAsync([.. args, "--url", trainer.Client.BaseAddress!.ToString()], output, error, Cancel);
        return (code, output.ToString(), error.ToString());
    }
}
