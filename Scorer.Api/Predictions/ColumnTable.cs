using System.Numerics;
using System.Text;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// The input columns of a version, found by the UTF-8 bytes of a name without making a string of it, and their categories,
/// so that a text seen in training costs no new string. Immutable; any number of threads.
/// </summary>
internal sealed class ColumnTable
{
    private readonly InputColumn[] _columns;
    private readonly byte[][] _names;
    private readonly int[] _buckets;
    private readonly int[] _next;
    private readonly Dictionary<string, string>?[] _categories;

    public ColumnTable(Signature signature)
    {
        _columns = [.. signature.Inputs];
        _names = [.. _columns.Select(c => Encoding.UTF8.GetBytes(c.Name))];
        _next = new int[_columns.Length];
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)_columns.Length * 2)];
        Array.Fill(_buckets, -1);
        for (var c = 0; c < _columns.Length; c++)
        {
            ref var bucket = ref _buckets[Hash(_names[c]) & (_buckets.Length - 1)];
            _next[c] = bucket;
            bucket = c;
        }

        _categories = [.. _columns.Select(c => c.Categories?.Distinct(StringComparer.Ordinal).ToDictionary(v => v, StringComparer.Ordinal))];
    }

    public int Count => _columns.Length;

    public InputColumn this[int column] => _columns[column];

    /// <summary>The column's index, or -1. <paramref name="hint"/> is tried first: most callers send the signature's order.</summary>
    public int Find(ReadOnlySpan<byte> name, int hint)
    {
        if (hint < _names.Length && name.SequenceEqual(_names[hint]))
        {
            return hint;
        }

        for (var c = _buckets[Hash(name) & (_buckets.Length - 1)]; c >= 0; c = _next[c])
        {
            if (name.SequenceEqual(_names[c]))
            {
                return c;
            }
        }

        return -1;
    }

    /// <summary>True when a column that is required is not among those.</summary>
    public bool HasRequiredOther(ReadOnlySpan<bool> those)
    {
        for (var c = 0; c < _columns.Length; c++)
        {
            if (_columns[c].Required && !those[c])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text as a string, the category's own where it is one.</summary>
    public string Text(int column, ReadOnlySpan<char> text) =>
        _categories[column] is { } known && known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var category)
            ? category
            : text.ToString();

    /// <summary>The columns' names, for a message; a wide table is cut.</summary>
    public string Names() =>
        string.Join(", ", _columns.Take(50).Select(c => c.Name)) + (_columns.Length > 50 ? $" … ({_columns.Length} columns)" : "");

    // FNV-1a. A caller cannot fill the table, so the hash need not resist one.
    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var b in name)
        {
            hash = unchecked((hash ^ b) * 16777619u);
        }

        return (int)(hash & int.MaxValue);
    }
}
