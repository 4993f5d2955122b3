namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>The fields of one CSV record (RFC 4180), one after the other; nothing is copied unless a field has doubled quotes.</summary>
internal ref struct CsvFields(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _rest = record;
    private bool _isAtEnd;

    /// <summary>The field, its quotes taken off.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>True when the field has a quote where none may be: after its closing one, or in a field that does not begin with one.</summary>
    public bool IsBroken { get; private set; }

    public bool MoveNext()
    {
        if (_isAtEnd)
        {
            return false;
        }

        if (_rest.StartsWith("\""u8))
        {
            ReadQuoted();
            return true;
        }

        var comma = _rest.IndexOf((byte)',');
        Current = comma < 0 ? _rest : _rest[..comma];
        IsBroken = Current.Contains((byte)'"');
        Advance(comma);
        return true;
    }

    private void ReadQuoted()
    {
        var inside = _rest[1..];
        var end = 0;
        var doubled = 0;
        while (true)
        {
            var quote = inside[end..].IndexOf((byte)'"');
            if (quote < 0)
            {
                // The end of the body came before the closing quote.
                Current = inside;
                IsBroken = true;
                Advance(-1);
                return;
            }

            end += quote;
            if (end + 1 >= inside.Length || inside[end + 1] != '"')
            {
                break;
            }

            doubled++;
            end += 2;
        }

        Current = doubled == 0 ? inside[..end] : Undouble(inside[..end], doubled);
        _rest = inside[(end + 1)..];
        IsBroken = !_rest.IsEmpty && _rest[0] != ',';
        Advance(_rest.IsEmpty ? -1 : _rest.IndexOf((byte)','));
    }

    private void Advance(int comma)
    {
        if (comma < 0)
        {
            _isAtEnd = true;
            return;
        }

        _rest = _rest[(comma + 1)..];
    }

    private static byte[] Undouble(ReadOnlySpan<byte> field, int doubled)
    {
        var result = new byte[field.Length - doubled];
        for (int from = 0, to = 0; from < field.Length; from++, to++)
        {
            result[to] = field[from];
            from += field[from] == '"' ? 1 : 0;
        }

        return result;
    }
}
