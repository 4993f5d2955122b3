namespace Analytics.Registry.Store;

/// <summary>
/// The content of an object while it is read: failures become <see cref="StoreException"/>, and content that comes too
/// slowly fails instead of holding its reader for ever. Only the time that reads take counts, not the reader's own.
/// </summary>
/// <param name="content">The content; disposed with this stream.</param>
/// <param name="pace">The longest time that <see cref="StoreLimits.MinTransferBytes"/>, or the rest, may take; or infinite.</param>
/// <param name="explain">The store error for an exception, or null when it is none of the store's.</param>
/// <param name="owner">What to dispose after the content, such as the response it belongs to.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreContentStream(
    Stream content, TimeSpan pace, Func<Exception, StoreException?> explain, IDisposable? owner, TimeProvider time) : Stream
{
    private TimeSpan _spent;
    private long _bytes;

    private TimeSpan Left =>
        pace == Timeout.InfiniteTimeSpan ? pace : pace > _spent ? pace - _spent : TimeSpan.Zero;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var deadline = new CancellationTokenSource(Left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var start = time.GetTimestamp();
        try
        {
            var read = await content.ReadAsync(buffer, either.Token);
            Account(read, time.GetElapsedTime(start));
            return read;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && explain(e) is { } error)
        {
            throw error;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Parsers that read synchronously get the same guarantees, for the price of a blocked thread.
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        owner?.Dispose();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            owner?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Account(int read, TimeSpan took)
    {
        _bytes += read;
        _spent += took;
        if (_bytes >= StoreLimits.MinTransferBytes)
        {
            _bytes = 0;
            _spent = TimeSpan.Zero;
        }
    }
}
