using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>How rows that were read for one version become rows of another: by the columns' names. Immutable.</summary>
internal sealed class RowMapping
{
    private readonly Signature _to;
    private readonly int[] _sources; // For each column of the other version the place it comes from; -1: missing.
    private readonly bool[] _checked; // Required there, and not here.

    public RowMapping(Signature from, Signature to)
    {
        From = from;
        _to = to;
        var places = from.Inputs.Select((column, place) => (column, place)).ToDictionary(c => c.column.Name, StringComparer.Ordinal);
        _sources = new int[to.Inputs.Count];
        _checked = new bool[to.Inputs.Count];
        for (var c = 0; c < _sources.Length; c++)
        {
            var column = to.Inputs[c];
            _sources[c] = -1;
            if (!places.TryGetValue(column.Name, out var source))
            {
                Fault ??= column.Required ? $"it requires the column '{column.Name}', which the champion's requests do not have" : null;
            }
            else if (source.column.Type != column.Type)
            {
                Fault ??= $"its column '{column.Name}' is a {CellReader.TypeName(column.Type)}, the champion's a {CellReader.TypeName(source.column.Type)}";
            }
            else
            {
                _sources[c] = source.place;
                _checked[c] = column.Required && !source.column.Required;
            }
        }

        IsSame = Fault is null && from.Inputs.Count == to.Inputs.Count
            && _sources.Select((source, c) => source == c).All(same => same) && !_checked.Contains(true);
    }

    /// <summary>The version that the rows were read for.</summary>
    public Signature From { get; }

    /// <summary>Why rows cannot become the other version's.</summary>
    public string? Fault { get; }

    /// <summary>True when every request that one version takes is one of the other's, and means the same.</summary>
    public bool IsSame { get; }

    /// <summary>Copies the rows behind those of <paramref name="to"/>; false when one lacks what is required there.</summary>
    public bool TryCopy(RowBatch from, RowBatch to)
    {
        var first = to.Count;
        for (var row = 0; row < from.Count; row++)
        {
            to.AddRow();
        }

        for (var c = 0; c < _sources.Length; c++)
        {
            if (_sources[c] < 0)
            {
                continue;
            }

            if (_to.Inputs[c].Type.IsNumeric())
            {
                var numbers = from.Numbers(_sources[c]).Span;
                if (_checked[c] && numbers.ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity))
                {
                    return false;
                }

                numbers.CopyTo(to.Numbers(c).Span[first..]);
            }
            else
            {
                var texts = from.Texts(_sources[c]).Span;
                if (_checked[c] && texts.Contains(""))
                {
                    return false;
                }

                texts.CopyTo(to.Texts(c).Span[first..]);
            }
        }

        return true;
    }
}
