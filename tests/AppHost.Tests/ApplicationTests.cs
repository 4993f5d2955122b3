using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Analytics.AppHost.Commands;
using Analytics.EndToEnd.Tests;
using Analytics.Testing;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace Analytics.AppHost.Tests;

/// <summary>The whole application, as <c>dotnet run --project AppHost</c> starts it.</summary>
public sealed class ApplicationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Application_StopAndStart_KeepsItsDataAndLeavesNoProcess()
    {
        string run;
        await using var first = await RunningAppHost.StartAsync(new AppHostSettings(), Cancellation);

        var refused = await RetrainAsync(first, "iris", "no-such-data");
        Assert.False(refused.Success);
        Assert.Contains("no-such-data", refused.Message, StringComparison.Ordinal);

        var queued = await RetrainAsync(first, "iris", "iris");
        Assert.True(queued.Success, queued.Message);
        run = queued.Message!.Split(' ')[1];
        var view = await first.Trainer.GetFromJsonAsync<JsonElement>($"/runs/{run}", Cancellation);
        Assert.Equal("iris", view.GetProperty("model").GetString());

        await first.StopAsync(Cancellation);
        Assert.Empty(ProcessesOn(first.DataFolder));

        await using var second = await RunningAppHost.StartAsync(new AppHostSettings { DataFolder = first.DataFolder }, Cancellation);
        await using var connection = new NpgsqlConnection(second.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM training_runs WHERE id = @run", connection);
        command.Parameters.AddWithValue("run", Guid.Parse(run));
        Assert.Equal(1L, await command.ExecuteScalarAsync(Cancellation));
        Assert.True(Directory.Exists(Path.Combine(second.DataFolder, "store", "models", "iris", "versions")));
    }

    [Fact]
    public async Task Application_TwoTrainers_AnswerOnOnePortAndTheButtonsDoWhatTheySay()
    {
        var settings = new AppHostSettings { Configuration = new Dictionary<string, string> { ["Trainer:Replicas"] = "2" } };
        await using var app = await RunningAppHost.StartAsync(settings, Cancellation);
        Assert.Equal(2, ProcessesOn(app.DataFolder).Count(p => p.EndsWith("Analytics.Trainer.Worker", StringComparison.Ordinal)));

        // Of several replicas each has the buttons; a person presses one's.
        var trainer = await app.Service<ResourceNotificationService>().WaitForResourceAsync("trainer", _ => true, Cancellation);
        Task<ExecuteCommandResult> Press(string name, params (string Name, string Value)[] values) =>
            app.Service<ResourceCommandService>().ExecuteCommandAsync(
                trainer.ResourceId,
                name,
                new InteractionInputCollection([.. values.Select(v => new InteractionInput { Name = v.Name, InputType = InputType.Text, Value = v.Value })]),
                Cancellation);
        async Task<int> Champion() => (await app.Trainer.GetFromJsonAsync<JsonElement>("/models/iris/aliases/champion", Cancellation))
            .GetProperty("current").GetProperty("version").GetInt32();

        var noneBefore = await Press(ChampionCommands.RollbackName, ("model", "iris"), ("reason", "test"));
        Assert.Equal("No version of model 'iris' but 1 was ever champion; there is nothing to roll back to.", noneBefore.Message);
        var noChallenger = await Press(ChampionCommands.PromoteName, ("model", "iris"), ("reason", "test"));
        Assert.StartsWith("Model 'iris' has no challenger.", noChallenger.Message, StringComparison.Ordinal);

        var queued = await Press(RetrainCommand.Name, ("model", "iris"), ("dataset", "iris"), ("algorithm", "lightgbm"), ("promote", "never"));
        Assert.True(queued.Success, queued.Message);
        var run = queued.Message!.Split(' ')[1];
        // The stream ends with the run.
        await app.Trainer.GetStringAsync(new Uri($"/runs/{run}/events", UriKind.Relative), Cancellation);
        using var set = await app.Trainer.PutAsJsonAsync("/models/iris/aliases/challenger", new { version = 2, reason = "test" }, Cancellation);
        set.EnsureSuccessStatusCode();

        var promoted = await Press(ChampionCommands.PromoteName, ("model", "iris"), ("reason", "it did well"));
        Assert.Equal((true, "The champion of iris is version 2."), (promoted.Success, promoted.Message));
        Assert.Equal(2, await Champion());
        var rolledBack = await Press(ChampionCommands.RollbackName, ("model", "iris"), ("reason", "it did not"));
        Assert.Equal((true, "The champion of iris is version 1."), (rolledBack.Success, rolledBack.Message));
        Assert.Equal(1, await Champion());

        var nothing = await Press(CancelRunCommand.Name, ("run", ""));
        Assert.Equal((false, "No run is queued or running; there is nothing to cancel."), (nothing.Success, nothing.Message));
        var ended = await Press(CancelRunCommand.Name, ("run", run));
        Assert.Contains("has succeeded already", ended.Message, StringComparison.Ordinal);

        await app.StopAsync(Cancellation);
        Assert.Empty(ProcessesOn(app.DataFolder));
    }

    [Theory]
    [InlineData("70000", "Ports:Scorer is '70000'; expected a port number, 1 to 65535.")]
    [InlineData("http", "Ports:Scorer is 'http'; expected a port number, 1 to 65535.")]
    public async Task Start_WrongPort_SaysSoInOneLineAndExitsWithOne(string port, string expected) =>
        Assert.Equal(expected, await FailedStartAsync($"--Ports:Scorer={port}"));

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    public async Task Start_WrongReplicas_SaysSoInOneLineAndExitsWithOne(string replicas) =>
        Assert.Equal($"Trainer:Replicas is '{replicas}'; expected a number, 1 to 32.", await FailedStartAsync($"--Trainer:Replicas={replicas}"));

    [Fact]
    public async Task Start_PortTaken_NamesItAndWhatToDo()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.Equal(
            $"Port {port} of the scorer is taken by another program. Stop that program, or choose another port: Ports__Scorer=… in the environment.",
            await FailedStartAsync($"--Ports:Scorer={port}"));
    }

    [Fact]
    public async Task Start_WayOfEarlierStartIsGone_SaysSoAndExitsWithOne()
    {
        var error = await FailedStartAsync("--ConnectionStrings:analytics=", "--ASPIRE_CONTAINER_RUNTIME=no-such-runtime");

        Assert.StartsWith(
            "The data of earlier starts is kept by a container, which cannot be used now: no-such-runtime is not installed.", error, StringComparison.Ordinal);
    }

    /// <summary>Starts the AppHost as a program and returns its standard error; it must end with 1 and without a stack trace.</summary>
    private static async Task<string> FailedStartAsync(params string[] settings)
    {
        var data = Directory.CreateTempSubdirectory("analytics-setting-").FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "mode"), "container", Cancellation);
        try
        {
            string[] standard =
            [
                $"--Data:Folder={data}", "--ConnectionStrings:analytics=Host=db", $"--Ports:Trainer={TestServers.FreePort()}",
                $"--Ports:Grpc={TestServers.FreePort()}",
            ];
            using var appHost = Process.Start(new ProcessStartInfo(
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "Analytics.AppHost.dll"), .. standard, .. settings])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = appHost.StandardOutput.ReadToEndAsync(Cancellation);
            var error = await appHost.StandardError.ReadToEndAsync(Cancellation);
            await appHost.WaitForExitAsync(Cancellation);

            Assert.Equal(1, appHost.ExitCode);
            Assert.DoesNotContain("   at ", error + await output, StringComparison.Ordinal);
            return error.Trim();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static Task<ExecuteCommandResult> RetrainAsync(RunningAppHost app, string model, string dataset)
    {
        var arguments = new InteractionInputCollection([
            new InteractionInput { Name = "model", InputType = InputType.Text, Value = model },
            new InteractionInput { Name = "dataset", InputType = InputType.Text, Value = dataset },
            new InteractionInput { Name = "algorithm", InputType = InputType.Text },
            new InteractionInput { Name = "promote", InputType = InputType.Text, Value = "never" },
        ]);
        return app.Service<ResourceCommandService>().ExecuteCommandAsync("trainer", RetrainCommand.Name, arguments, Cancellation);
    }

    // The data folder is in each process's arguments or environment; no other application has this one.
    private static IEnumerable<string> ProcessesOn(string dataFolder) =>
        from folder in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId
        let about = Read(Path.Combine(folder, "cmdline")) + Read(Path.Combine(folder, "environ"))
        where about.Contains(dataFolder, StringComparison.Ordinal)
        select about.Split('\0')[0];

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has just ended, or is not ours to look at.
            return "";
        }
    }
}
