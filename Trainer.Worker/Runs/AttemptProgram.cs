using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Analytics.Trainer.Worker.Data.Reading;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>How this program starts itself for an attempt.</summary>
internal static class AttemptProgram
{
    /// <summary>The verb of the child process.</summary>
    public const string Verb = "attempt";

    /// <summary>The verb of a child process that looks at data.</summary>
    public const string InspectVerb = "inspect";

    // What a .NET program and its native libraries need to run. Everything else stays here: connection strings, store
    // credentials and API keys are in the environment, and an attempt needs none of them.
    private static readonly string[] Passed =
    [
        "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "OMP_NUM_THREADS",
        "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64", "DOTNET_HOST_PATH", "DOTNET_BUNDLE_EXTRACT_BASE_DIR", "SystemRoot",
        "USERPROFILE", "APPDATA", "LOCALAPPDATA",
    ];

    /// <summary>The child's side of it: trains what is in the folder. The exit code is the process's.</summary>
    public static async Task<int> RunAsync(string folder)
    {
        using var stop = new CancellationTokenSource();
        using var signal = ParentWatch.TryStart() ? ConsoleSignal.Ignore() : ConsoleSignal.Cancel(stop);
        return await AttemptCommand.RunAsync(folder, Console.Out, stop.Token);
    }

    /// <summary>The same for a look at data.</summary>
    public static async Task<int> InspectAsync(string folder)
    {
        using var stop = new CancellationTokenSource();
        using var signal = ParentWatch.TryStart() ? ConsoleSignal.Ignore() : ConsoleSignal.Cancel(stop);
        return await Inspector.RunAsync(folder, stop.Token);
    }

    /// <summary>The start of an attempt in <paramref name="folder"/>, with a bound on its managed heap, in bytes.</summary>
    public static ProcessStartInfo StartInfo(string folder, long memoryBound, string verb = Verb)
    {
        var (program, arguments) = CommandLine();
        var start = new ProcessStartInfo(program, [.. arguments, verb, folder])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var inherited = start.Environment.ToDictionary(StringComparer.Ordinal);
        start.Environment.Clear();
        foreach (var name in Passed)
        {
            if (inherited.TryGetValue(name, out var value))
            {
                start.Environment[name] = value;
            }
        }

        start.Environment[ParentWatch.Variable] = ParentWatch.Enabled;
        // An eighth is left for what the heap is not (DuckDB, ONNX Runtime, code): the process as a whole is held to the bound, and the
        // collector clears up in earnest only near its own limit.
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x" + (memoryBound - (memoryBound / 8)).ToString("X", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_NOLOGO"] = "1";
        return start;
    }

    // Started as "dotnet Analytics.Trainer.Worker.dll", as its own executable, as a single file, or loaded by a test runner.
    private static (string Program, string[] Arguments) CommandLine()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var process = Environment.ProcessPath ?? "dotnet";
        // Our own name has dots too, so only this one ending is one.
        var name = Path.GetFileName(process);
        name = name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        if (name == assembly.GetName().Name)
        {
            return (process, []);
        }

        var library = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".dll");
        return (name == "dotnet" ? process : RuntimeHost(), [library]);
    }

    private static string RuntimeHost()
    {
        var host = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // …/shared/Microsoft.NETCore.App/10.0.0/ → …/dotnet
        var path = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", host));
        return File.Exists(path) ? path : host;
    }
}
