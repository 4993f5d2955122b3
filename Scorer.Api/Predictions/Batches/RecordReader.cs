using System.Buffers;
using System.IO.Pipelines;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>
/// Reads a body record by record, a record being a line; with <c>quoted</c> one that may go on over line ends within double
/// quotes, as RFC 4180 has it. It keeps one record and what came with it, however long the body is.
/// </summary>
internal sealed class RecordReader(PipeReader body, int maxRecordBytes, bool quoted) : IDisposable
{
    private const int FirstBytes = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _start;
    private int _end;
    private int _searched; // Up to here there is no end of the record that begins at _start.
    private bool _inQuotes; // Whether that place is within quotes.
    private bool _isComplete;
    private int _recordStart;
    private int _recordEnd;
    private long _nextLine = 1;

    /// <summary>The line, from 1, at which the record begins.</summary>
    public long Line { get; private set; }

    /// <summary>The record without its line end; good until the next call.</summary>
    public ReadOnlySpan<byte> Record => _buffer.AsSpan(_recordStart.._recordEnd);

    /// <summary>True when the record that begins where the last one ended is longer than allowed; there is no reading on.</summary>
    public bool IsTooLong => _end - _start > maxRecordBytes;

    /// <summary>Moves to the next record that is here already.</summary>
    public bool TryRead()
    {
        while (_searched < _end)
        {
            var piece = _buffer.AsSpan(_searched.._end);
            var newline = piece.IndexOf((byte)'\n');
            var line = newline < 0 ? piece : piece[..newline];
            if (quoted && (line.Count((byte)'"') & 1) == 1)
            {
                _inQuotes = !_inQuotes;
            }

            _searched += newline < 0 ? line.Length : newline + 1;
            if (newline >= 0 && !_inQuotes)
            {
                if (_searched - _start > maxRecordBytes)
                {
                    return false;
                }

                Take(_searched - 1, _searched);
                return true;
            }
        }

        if (!_isComplete || _start == _end || IsTooLong)
        {
            return false;
        }

        Take(_end, _end);
        return true;
    }

    /// <summary>True when <see cref="FillAsync"/> need not wait.</summary>
    public bool HasMore
    {
        get
        {
            if (_isComplete || !body.TryRead(out var read))
            {
                return _isComplete;
            }

            // Looked at, not taken.
            body.AdvanceTo(read.Buffer.Start);
            return true;
        }
    }

    /// <summary>Waits for more of the body; false at its end, or when the record is too long.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_isComplete || IsTooLong)
        {
            return false;
        }

        var read = await body.ReadAsync(cancellationToken);
        foreach (var segment in read.Buffer)
        {
            Append(segment.Span);
        }

        body.AdvanceTo(read.Buffer.End);
        _isComplete = read.IsCompleted;
        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Take(int end, int next)
    {
        Line = _nextLine;
        _recordStart = _start;
        _recordEnd = end > _start && _buffer[end - 1] == '\r' ? end - 1 : end;
        _nextLine += 1 + (quoted ? _buffer.AsSpan(_start..end).Count((byte)'\n') : 0);
        _start = next;
        _searched = next;
        _inQuotes = false;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_start == _end)
        {
            (_start, _end, _searched) = (0, 0, 0);
        }

        if (_end + bytes.Length > _buffer.Length)
        {
            var kept = _end - _start;
            var target = kept + bytes.Length > _buffer.Length / 2
                ? ArrayPool<byte>.Shared.Rent(2 * (kept + bytes.Length))
                : _buffer;
            _buffer.AsSpan(_start.._end).CopyTo(target);
            if (target != _buffer)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = target;
            }

            _searched -= _start;
            (_start, _end) = (0, kept);
        }

        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }
}
