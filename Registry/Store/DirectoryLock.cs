namespace Analytics.Registry.Store;

/// <summary>
/// One holder at a time among all processes: a file opened for itself alone, which the system releases when its process ends,
/// however it ends.
/// </summary>
internal sealed class DirectoryLock(string path, TimeSpan timeout, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // Threads of this process queue here, so that only one of them asks the file system.
    private readonly SemaphoreSlim _queue = new(1, 1);

    /// <summary>Returns the lock, to be disposed; null when another holder kept it for the whole time-out.</summary>
    public async Task<IDisposable?> TryAcquireAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(timeout, time, cancellationToken);
        try
        {
            await _queue.WaitAsync(deadline.Token);
            try
            {
                while (true)
                {
                    if (TryOpen() is { } file)
                    {
                        return new Holder(file, _queue);
                    }

                    await Task.Delay(Pause, time, deadline.Token);
                }
            }
            catch
            {
                _queue.Release();
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _queue.Dispose();

    private FileStream? TryOpen()
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    // EWOULDBLOCK on Linux and macOS, a sharing violation on Windows.
    private static bool IsHeld(IOException e) =>
        OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) is 32 or 33 : e.HResult is 11 or 35;

    private sealed class Holder(FileStream file, SemaphoreSlim queue) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            queue.Release();
        }
    }
}
