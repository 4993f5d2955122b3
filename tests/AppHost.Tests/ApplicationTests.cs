using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Analytics.AppHost.Commands;
using Analytics.EndToEnd.Tests;
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

    [Theory]
    [InlineData("--Ports:Scorer=70000", "Ports:Scorer is '70000'; expected a port number, 1 to 65535.")]
    [InlineData("--Ports:Trainer=http", "Ports:Trainer is 'http'; expected a port number, 1 to 65535.")]
    public async Task Start_WrongSetting_SaysSoInOneLineAndExitsWithOne(string setting, string expected)
    {
        var data = Directory.CreateTempSubdirectory("analytics-setting-").FullName;
        try
        {
            using var appHost = Process.Start(new ProcessStartInfo(
                "dotnet",
                [Path.Combine(AppContext.BaseDirectory, "Analytics.AppHost.dll"), setting, $"--Data:Folder={data}", "--ConnectionStrings:analytics=Host=db"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = appHost.StandardOutput.ReadToEndAsync(Cancellation);
            var error = await appHost.StandardError.ReadToEndAsync(Cancellation);
            await appHost.WaitForExitAsync(Cancellation);

            Assert.Equal(1, appHost.ExitCode);
            Assert.Equal(expected, error.Trim());
            Assert.DoesNotContain("   at ", await output, StringComparison.Ordinal);
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
