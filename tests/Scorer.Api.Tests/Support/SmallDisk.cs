using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A file system of a few megabytes of its own, which a test can fill or make read-only. Only root may mount one: else the test is skipped.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string[] _asRoot;

    private SmallDisk(string[] asRoot)
    {
        _asRoot = asRoot;
        Path = _folder.Combine("disk");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var disk = new SmallDisk(Environment.IsPrivilegedProcess ? [] : ["sudo", "-n"]);
        try
        {
            await disk.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0777", "tmpfs", disk.Path);
            return disk;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            disk._folder.Dispose();
            // A container's root may not mount, on a build server either: no reason to fail there.
            Assert.Skip($"No small file system can be mounted here: {e.Message}");
            throw;
        }
    }

    /// <summary>Takes all the room that is left; <see cref="Free"/> gives it back.</summary>
    public async Task FillAsync()
    {
        await using var file = new FileStream(System.IO.Path.Combine(Path, "filler"), FileMode.Create, FileAccess.Write);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                await file.WriteAsync(block, TestContext.Current.CancellationToken);
                await file.FlushAsync(TestContext.Current.CancellationToken);
            }
        }
        catch (IOException)
        {
            // Full: what was wanted.
        }
    }

    public void Free() => File.Delete(System.IO.Path.Combine(Path, "filler"));

    public Task RemountAsync(bool readOnly) => RunAsync("mount", "-o", readOnly ? "remount,ro" : "remount,rw", Path);

    /// <summary>Makes a file one that cannot be deleted.</summary>
    public Task PinAsync(string file) => RunAsync("mount", "--bind", file, file);

    public Task UnpinAsync(string file) => RunAsync("umount", file);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "-l", Path);
        _folder.Dispose();
    }

    private Task<string> RunAsync(params string[] command)
    {
        string[] all = [.. _asRoot, .. command];
        return TestServers.RunAsync(all[0], all[1..]);
    }
}
