using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>
/// How the input columns become features, learned from the training rows. Everything in it can be said in ONNX, so the graph
/// computes the same features from raw values. The features are, in this order: the numbers (missing replaced by the median),
/// an indicator for each number column that had missing values, for each text column its categories and its indicator, and the
/// texts that became one number.
/// </summary>
/// <param name="Columns">The encodings in the columns' order.</param>
public sealed record FeatureEncoding(IReadOnlyList<ColumnEncoding> Columns)
{
    /// <summary>The number columns.</summary>
    public IReadOnlyList<NumberEncoding> Numbers { get; } = [.. Columns.OfType<NumberEncoding>()];

    /// <summary>The text columns.</summary>
    public IReadOnlyList<TextEncoding> Texts { get; } = [.. Columns.OfType<TextEncoding>()];

    /// <summary>The text columns that became one number.</summary>
    public IReadOnlyList<OrderedTextEncoding> OrderedTexts { get; } = [.. Columns.OfType<OrderedTextEncoding>()];

    /// <summary>The names of the features in their order.</summary>
    public IReadOnlyList<string> FeatureNames() =>
    [
        .. Numbers.Select(n => n.Name),
        .. Numbers.Where(n => n.Indicator).Select(n => $"{n.Name} is missing"),
        .. Texts.SelectMany(t => t.Categories.Select(c => $"{t.Name} = {c}").Concat(t.Indicator ? [$"{t.Name} is missing"] : [])),
        .. OrderedTexts.Select(t => t.Name),
    ];

    /// <summary>What the model takes of the given columns, as the signature says it: a date is one column there.</summary>
    public IReadOnlyList<InputColumn> SignatureOf(IReadOnlyList<TableColumn> inputs)
    {
        var graph = InputColumns().ToDictionary(i => i.Name, StringComparer.Ordinal);
        return [.. inputs.Select(c => c is DateColumn
            ? new InputColumn(c.Name, c.Type, c.MissingCount == 0) { Parts = DateParts.Of(c.Type) }
            : graph[c.Name] with { Type = c.Type })];
    }

    /// <summary>What the graph takes: a number for each part of a date.</summary>
    public IReadOnlyList<InputColumn> InputColumns() => [.. Columns.Select(c => c switch
    {
        NumberEncoding number => new InputColumn(number.Name, ColumnType.Number, !number.Optional),
        TextEncoding text => new InputColumn(text.Name, ColumnType.Text, !text.Optional, text.Categories),
        OrderedTextEncoding text => new InputColumn(text.Name, ColumnType.Text, !text.Optional, text.Categories),
        _ => throw new NotSupportedException(c.GetType().Name),
    })];

    /// <summary>The features of the given rows of the table, all in memory.</summary>
    public FeatureMatrix Apply(DatasetTable table, IReadOnlyList<int> rows) => ColumnsOf(table, rows).ToMatrix();

    /// <summary>The features of the given rows of the table, each computed when it is asked for.</summary>
    public FeatureColumns ColumnsOf(DatasetTable table, IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(rows);
        return new FeatureColumns(FeatureNames(), rows.Count, [.. Readers(table).Select(open => (FeatureFill)(target =>
        {
            var read = open();
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = read(rows[i]);
            }
        }))]);
    }

    // For each feature what opens its column, which may lie in a file and be read only now, and gives the value of a row.
    private IEnumerable<Func<Func<int, float>>> Readers(DatasetTable table)
    {
        foreach (var number in Numbers)
        {
            var column = (NumberColumn)table[number.Name];
            yield return () =>
            {
                var values = column.Values;
                return row => float.IsNaN(values[row]) ? number.Median : values[row];
            };
        }

        foreach (var number in Numbers.Where(n => n.Indicator))
        {
            var column = (NumberColumn)table[number.Name];
            yield return () =>
            {
                var values = column.Values;
                return row => float.IsNaN(values[row]) ? 1 : 0;
            };
        }

        foreach (var text in Texts)
        {
            var column = (TextColumn)table[text.Name];
            var codeOf = column.Values.Select((value, code) => (value, code)).ToDictionary(v => v.value, v => v.code, StringComparer.Ordinal);
            // A category that the table does not have is no row's; the missing one, -1, is its indicator's.
            foreach (var wanted in text.Categories.Select(c => codeOf.GetValueOrDefault(c, int.MinValue)).Concat(text.Indicator ? [-1] : []))
            {
                yield return () =>
                {
                    var codes = column.Codes;
                    return row => codes[row] == wanted ? 1 : 0;
                };
            }
        }

        foreach (var text in OrderedTexts)
        {
            var column = (TextColumn)table[text.Name];
            var places = text.Categories.Zip(text.Codes).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
            var placeOf = column.Values.Select(v => places.GetValueOrDefault(v, text.Unseen)).ToArray();
            yield return () =>
            {
                var codes = column.Codes;
                return row => codes[row] < 0 ? float.NaN : placeOf[codes[row]];
            };
        }
    }
}
