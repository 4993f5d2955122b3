using System.Diagnostics;
using System.Text;
using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>The trainer as a process of its own, so that it can be killed.</summary>
internal sealed class TrainerProcess : IDisposable
{
    private readonly StringBuilder _output = new();

    private TrainerProcess(Process process) => Process = process;

    public Process Process { get; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static TrainerProcess Start(string folder, DbContextOptions<AnalyticsContext>? database, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(RunWorker).Assembly.Location, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["Store__Url"] = new Uri(Path.Combine(folder, "store")).AbsoluteUri;
        start.Environment["Trainer__WorkFolder"] = Path.Combine(folder, "work");
        start.Environment["Trainer__TrainSamples"] = "false";
        start.Environment["Trainer__Lease"] = "00:00:02";
        start.Environment["Trainer__Heartbeat"] = "00:00:00.5";
        if (database is not null)
        {
            start.Environment["ConnectionStrings__analytics"] = TestDatabase.ConnectionString(database);
        }

        var trainer = new TrainerProcess(new Process { StartInfo = start });
        trainer.Process.OutputDataReceived += (_, e) => trainer.Append(e.Data);
        trainer.Process.ErrorDataReceived += (_, e) => trainer.Append(e.Data);
        trainer.Process.Start();
        trainer.Process.BeginOutputReadLine();
        trainer.Process.BeginErrorReadLine();
        return trainer;
    }

    /// <summary>Waits for its end and returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await Process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));
        return Process.ExitCode;
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
