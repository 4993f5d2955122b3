namespace Analytics.Registry.Journal.Records;

/// <summary>The schemas of the records that were drained lately, so that each is decoded once and not for each record. One thread at a time.</summary>
internal sealed class RowSchemas
{
    private const int Kept = 32;

    private readonly List<(byte[] Encoded, RowSchema Schema)> _schemas = [];

    public RowSchema Find(ReadOnlySpan<byte> encoded)
    {
        for (var i = 0; i < _schemas.Count; i++)
        {
            if (encoded.SequenceEqual(_schemas[i].Encoded))
            {
                return _schemas[i].Schema;
            }
        }

        var schema = RowSchema.Decode(encoded);
        if (_schemas.Count == Kept)
        {
            _schemas.RemoveAt(0);
        }

        _schemas.Add((encoded.ToArray(), schema));
        return schema;
    }
}
