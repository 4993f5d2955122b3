using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Registry.Store;

/// <summary>The file operations that either happen wholly or not at all, whoever else is at it.</summary>
internal static class AtomicFile
{
    private const int FileExists = 17; // EEXIST, on Linux and macOS

    /// <summary>
    /// Moves the file to <paramref name="destination"/> when nothing is there. Of any number of callers, in any process,
    /// exactly one is told true. The folder must exist, on the same file system.
    /// </summary>
    public static bool TryCreate(string temporary, string destination)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMove(temporary, destination);
        }

        // On Unix, File.Move(overwrite: false) looks first and renames then: of four racers more than one was told that it
        // had won in every seventh round. The system's link is one step.
        if (Link(temporary, destination) == 0)
        {
            File.Delete(temporary);
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == FileExists
            ? false
            : throw new IOException(
                $"A hard link, which makes a creation atomic, is not possible here: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    /// <summary>Writes the names in a folder to the disk; Windows does so with the files.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // File.OpenHandle opens no folders.
        using var folder = new SafeFileHandle(OpenFolder(path, flags: 0), ownsHandle: true);
        if (folder.IsInvalid)
        {
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        RandomAccess.FlushToDisk(folder);
    }

    private static bool TryMove(string temporary, string destination)
    {
        try
        {
            File.Move(temporary, destination, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(destination))
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
