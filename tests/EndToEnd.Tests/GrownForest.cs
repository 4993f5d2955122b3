using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Forest;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.EndToEnd.Tests;

/// <summary>A forest grown on all rows of a file of <c>bench/data</c>, with its graph.</summary>
internal sealed record GrownForest(
    DatasetTable Table, FeatureEncoding Encoding, FittedRandomForest Fitted, byte[] Model, Signature Signature)
{
    private const long MaxModelBytes = 1L << 30;
    private const double MissingShare = 0.1;
    private const double UnseenShare = 0.1;
    private const double TieShare = 0.3;

    /// <summary>Grows a forest of classes, or of a number where the target is one.</summary>
    public static async Task<GrownForest> GrowAsync(string file, string label, int trees, int threads, TargetKind kind = TargetKind.Classes)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var schema = new DatasetSchema(Label: label, Target: kind);
        var (_, choice, reading) = await DataPreparation.ReadAsync(RepositoryFiles.Data($"{file}.csv"), schema, null, null, cancellationToken);
        var table = reading.Table;
        var target = TargetReading.Read(table[label], schema);
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        var inputs = FeatureSelection.Select(table, choice, []);
        var encoding = FeatureFitting.Fit(table, inputs, rows, target, FeatureStyle.Ordered, []);
        var training = TrainingRows.Of(encoding.ColumnsOf(table, rows), target, rows);
        var parameters = new ForestParameters { Trees = trees, Threads = threads };
        var forest = training.Numbers is { } numbers
            ? ForestTrainer.Regress(training.Features, numbers, parameters, null, cancellationToken)
            : ForestTrainer.Classify(
                training.Features, [.. training.Labels.Select(l => (ushort)l)], training.ClassCount, parameters, null, cancellationToken);
        var fitted = new FittedRandomForest(forest, training);
        var output = target is ClassTarget classes
            ? new SignatureOutput(label, OutputKind.Classes, classes.Classes)
            : new SignatureOutput(label, OutputKind.Number);
        return new GrownForest(
            table,
            encoding,
            fitted,
            ModelGraph.Build(encoding, fitted, output, MaxModelBytes),
            new Signature(encoding.SignatureOf(inputs), output));
    }

    /// <summary>Rows of the file with cells replaced: thresholds of the trees, missing where the column allows it, unseen texts.</summary>
    public RowBatch HardRows(int count, int seed)
    {
        var random = new Random(seed);
        var thresholds = Thresholds();
        var batch = new RowBatch(Signature, count);
        for (var r = 0; r < count; r++)
        {
            batch.AddRow();
            var source = random.Next(Table.RowCount);
            for (var c = 0; c < Signature.Inputs.Count; c++)
            {
                var input = Signature.Inputs[c];
                if (!input.Required && random.NextDouble() < MissingShare)
                {
                    continue;
                }

                switch (Table[input.Name])
                {
                    case NumberColumn { IsBoolean: true } flags:
                        batch.SetNumber(r, c, flags[source]);
                        break;
                    case DateColumn dates:
                        batch.SetText(r, c, dates[source] ?? "");
                        break;
                    case NumberColumn numbers:
                        var ties = thresholds.GetValueOrDefault(c);
                        batch.SetNumber(r, c, ties is not null && random.NextDouble() < TieShare ? ties[random.Next(ties.Count)] : numbers.Values[source]);
                        break;
                    case TextColumn texts:
                        batch.SetText(r, c, random.NextDouble() < UnseenShare ? "never seen" : texts[source] ?? "");
                        break;
                }
            }
        }

        return batch;
    }

    /// <summary>The batch's rows as the learner sees them, by the trainer's own encoding.</summary>
    public FeatureMatrix Features(RowBatch batch) => Encoding.Apply(
        new DatasetTable(batch.Count, [.. Signature.Inputs.Select((input, c) => ToColumn(batch, input, c))]),
        [.. Enumerable.Range(0, batch.Count)]);

    private static TableColumn ToColumn(RowBatch batch, InputColumn input, int column)
    {
        if (input.Type.IsNumeric())
        {
            return new NumberColumn(input.Name, ColumnCells<float>.Of(batch.Numbers(column).ToArray()), isBoolean: input.Type == ColumnType.Boolean);
        }

        if (input.Type.IsDate())
        {
            long[] ticks = [.. batch.Texts(column).ToArray().Select(t => DateText.TryParse(t, out var date) ? date.Ticks : DateColumn.Missing)];
            return new DateColumn(input.Name, ColumnCells<long>.Of(ticks), input.Type);
        }

        var texts = batch.Texts(column).ToArray();
        var values = texts.Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        return new TextColumn(input.Name, [.. texts.Select(t => values.IndexOf(t))], values);
    }

    // By the signature's column; a column that no tree tests has none.
    private Dictionary<int, List<float>> Thresholds()
    {
        using var arena = new LoadArena();
        var columns = DateParts.GraphOf(Signature).Inputs;
        var graph = ForestGraph.Read(Model, Signature with { Inputs = columns }, arena);
        var places = Signature.Inputs.Index().ToDictionary(i => i.Item.Name, i => i.Index, StringComparer.Ordinal);
        return Enumerable.Range(0, graph.Ensemble.Feature.Length)
            .Where(n => graph.Ensemble.Feature.AsSpan()[n] >= 0)
            .GroupBy(
                n => places.GetValueOrDefault(columns[graph.Features[graph.Ensemble.Feature.AsSpan()[n]].Column].Name, -1),
                n => graph.Ensemble.Threshold.AsSpan()[n])
            .ToDictionary(g => g.Key, g => g.Distinct().ToList());
    }
}
