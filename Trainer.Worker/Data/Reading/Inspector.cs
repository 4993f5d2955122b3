using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>Looks at data in a process of its own: <c>inspect {work folder}</c>. Files in, files out, like an attempt.</summary>
internal static class Inspector
{
    /// <summary>
    /// Quantiles, most frequent values and histograms are taken from this many rows, drawn at random with a fixed seed; counts,
    /// missing values and types from all.
    /// </summary>
    public const int SampleRows = 200_000;

    private const int Seed = 1;

    /// <summary>Reads the question, writes the answer; data that cannot be read is an answer too.</summary>
    public static async Task<int> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var job = JsonSerializer.Deserialize<InspectionJob>(
            await File.ReadAllBytesAsync(Path.Combine(folder, Inspection.JobFileName), cancellationToken), JsonSerializerOptions.Web)
            ?? throw new InvalidDataException($"{Inspection.JobFileName}: expected a question, found null.");
        Inspection inspection;
        try
        {
            using var source = await DatasetSource.OpenAsync(
                Path.Combine(folder, job.DataFile), job.Schema, Path.Combine(folder, "scratch"), cancellationToken, job.MostBytes);
            inspection = new Inspection { Sha256 = source.Sha256, Columns = source.Header, Profile = Profile(source, job.Schema, cancellationToken) };
        }
        catch (InvalidInputException e)
        {
            inspection = new Inspection { Error = e.Message };
        }

        await File.WriteAllBytesAsync(
            Path.Combine(folder, Inspection.FileName), JsonSerializer.SerializeToUtf8Bytes(inspection, JsonSerializerOptions.Web), cancellationToken);
        return 0;
    }

    /// <summary>Describes every column. A few texts among numbers are shown as what they are, not refused: nothing is trained here.</summary>
    public static DatasetProfile Profile(DatasetSource source, DatasetSchema schema, CancellationToken cancellationToken)
    {
        List<int> columns = [.. Enumerable.Range(0, source.Header.Count)];
        var (counts, facts) = ColumnScan.Scan(source, null, columns, cancellationToken);
        var types = columns.ToDictionary(c => c, c => TypeOf(facts[c], schema));
        // Known rows decide how the sample is drawn; fewer than it takes are all taken, in their order.
        var sample = counts.Rows > SampleRows ? $" USING SAMPLE reservoir({SampleRows} ROWS) REPEATABLE ({Seed})" : "";
        var table = TableLoading.LoadSample(source, columns, types, sample, SampleRows, cancellationToken);
        var leaks = LeaksIn(table, schema.Label);
        return DatasetProfile.Of(table, source.Header) with
        {
            Rows = counts.Rows,
            SampleRows = sample.Length > 0 ? table.RowCount : null,
            Columns = [.. DatasetProfile.Of(table, source.Header).Columns.Select((p, c) => p with
            {
                MissingShare = counts.Rows == 0 ? 0 : (double)(counts.Rows - facts[c].Present) / counts.Rows,
                DistinctCount = sample.Length > 0 ? facts[c].Distinct : p.DistinctCount,
                TextsAmongNumbers = facts[c].Inferred() is null ? facts[c].Strange : null,
                GivesLabelAway = leaks.Contains(p.Name) ? true : null,
            })],
        };
    }

    // What training warns of, where the label is known.
    private static IReadOnlyList<string> LeaksIn(DatasetTable table, string? label)
    {
        if (label is null || table.Columns.FirstOrDefault(c => c.Name == label) is not { } column)
        {
            return [];
        }

        int[] rows = [.. Enumerable.Range(0, table.RowCount).Where(r => !column.IsMissing(r))];
        if (column is NumberColumn numbers && numbers.DistinctCount > TargetReading.MostNumberClasses)
        {
            return LabelLeaks.Find(new NumberTarget(label, numbers.Values), [.. table.Columns.Where(c => c != column)], rows);
        }

        var keys = SplitKeys.Of(column);
        var classes = keys.Distinct().Select((key, index) => (key, index)).ToDictionary(k => k.key, k => k.index);
        return LabelLeaks.Find(
            new ClassTarget(label, [.. classes.Keys.Select(k => $"{k}")], Array.ConvertAll(keys, k => classes[k])),
            [.. table.Columns.Where(c => c != column)],
            rows);
    }

    private static ColumnType TypeOf(ColumnFacts facts, DatasetSchema schema) =>
        schema.Text?.Contains(facts.Name) == true ? ColumnType.Text
        : schema.Boolean?.Contains(facts.Name) == true && facts.Booleans == facts.Present ? ColumnType.Boolean
        : schema.Date?.Contains(facts.Name) == true && facts.Dates == facts.Present ? facts.DateType
        : facts.Inferred() ?? ColumnType.Text;
}
