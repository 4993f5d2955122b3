using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Records;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Journal.Records;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Analytics.Scorer.Api.Tests.Journal;

/// <summary>What goes into the journal comes out of the database.</summary>
public sealed class RecordTests(PostgresServer postgres) : IDisposable
{
    private readonly JournalHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Scored_TextsAndMissingValues_AreStoredAsTheyAre()
    {
        var record = JournalHarness.Scored(
            new TestModel(TestModel.Flowers, 1),
            "shop",
            [1.5f, null, "red", "süd"],
            [-0f, 1e-30f, "", "say \"hi\"\\\n\u0001 🌸 <b>"],
            [3.4028235e38f, float.NaN, "a\0b", "x"]);

        var (request, rows) = await StoreAsync(record);

        Assert.Equal(("/predict", 200, 3, "iris", 1, "shop", record.Request!.TraceId, null), (request.Route, request.Status, request.Rows, request.Model!, request.Version!.Value, request.Client!, request.TraceId, request.Error));
        Assert.Equal((record.Request.Id, 0.25), (request.Id, request.DurationMs));
        Assert.Equal(record.Request.Time.UtcTicks / 10, request.Time.UtcTicks / 10);
        Assert.Equal(record.Rows!.Ids.ToArray(), rows.Select(r => r.Id));
        Assert.Equal(
            ["1.5|null|\"red\"|\"süd\"", "0|1E-30|null|\"say \\\"hi\\\"\\\\\\n\\u0001 🌸 <b>\"", "3.4028235E+38|null|\"a\uFFFDb\"|\"x\""],
            rows.Select(r => Cells(r, TestModel.Flowers)));
        Assert.All(rows.Select((r, i) => (r, i)), p => Assert.Equal(record.Rows.Outputs(p.i).ToArray(), p.r.Probabilities!));
        Assert.All(rows, r => Assert.Equal(double.IsNaN(r.Prediction) ? null : TestModel.Classes[(int)r.Prediction], r.Label));
        // The largest number makes every probability NaN: answered with null, stored as NaN.
        Assert.Equal([false, false, true], rows.Select(r => double.IsNaN(r.Prediction)));
    }

    [Fact]
    public async Task Scored_Regression_IsStoredAsAnswered()
    {
        var (_, numbers) = await StoreAsync(JournalHarness.Scored(new TestModel(TestModel.Flowers, 1, regression: true), null, [1.5f, 2f, "red", "north"]));
        var number = Assert.Single(numbers);
        Assert.Equal(((double)new TestModel(TestModel.Flowers, 1, regression: true).Expected(1.5f, 2f, "red", "north")[0], null, null), (number.Prediction, number.Label, number.Probabilities));
    }

    [Fact]
    public async Task Scored_WideAndManyRows_AreStored()
    {
        InputColumn[] inputs = [.. Enumerable.Range(0, 400).Select(c => new InputColumn($"column \"{c}\"", c % 3 == 0 ? ColumnType.Text : ColumnType.Number, false, c % 3 == 0 ? ["a"] : null))];
        var rows = Enumerable.Range(0, 300).Select(r => inputs.Select((c, i) => c.Type == ColumnType.Text ? (object?)$"text {r} {i}" : (float)(r * i)).ToArray()).ToArray();
        _harness.Options.SegmentBytes = 64 * 1024;

        var (request, stored) = await StoreAsync(JournalHarness.Scored(new TestModel(inputs, 1), "shop", rows));

        Assert.Equal((300, 300), (request.Rows, stored.Count));
        Assert.Equal("\"text 299 399\"", Cells(stored[299], inputs).Split('|')[399]);
        Assert.Equal($"{299 * 398}", Cells(stored[299], inputs).Split('|')[398]);
    }

    [Fact]
    public async Task Rejected_AllFields_AreStored()
    {
        var time = TimeProvider.System.GetUtcNow();
        var (request, rows) = await StoreAsync(new JournalRecord(
            new RequestRecord { Id = Guid.CreateVersion7(), Time = time, Route = "/r", Status = 499, Rows = 0, DurationMs = 7, TraceId = "no trace", Error = "Zeile 3: \0 ü" },
            null));

        Assert.Empty(rows);
        Assert.Equal((499, 0, null, null, null, "no trace", "Zeile 3: \uFFFD ü"), (request.Status, request.Rows, request.Model, request.Version, request.Client, request.TraceId, request.Error));
    }

    [Fact]
    public async Task Feedback_OfABatch_GoesToItsTableInOrder()
    {
        FeedbackEntry[] entries =
        [
            new(Guid.CreateVersion7(), "setosa", TimeProvider.System.GetUtcNow(), "shop"),
            new(Guid.CreateVersion7(), "4.25", TimeProvider.System.GetUtcNow(), null),
        ];
        using var journal = _harness.Open();
        foreach (var entry in entries)
        {
            Assert.True(await journal.AppendAsync(new JournalRecord(entry)));
        }

        var table = new RecordingTable();
        await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres), table);

        Assert.Equal(entries, table.Entries);
        Assert.Equal(0, journal.Count);
    }

    [Fact]
    public void Record_CutShort_IsNamedAsMalformed()
    {
        var buffer = FrameBuffer.Start();
        RecordEncoder.Write(buffer, JournalHarness.Scored(new TestModel(TestModel.Iris, 1), "shop", 1, 2, 3, 4));
        var payload = buffer.Frame[16..].ToArray();
        for (var length = 0; length < payload.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() =>
            {
                var cursor = new ScoredRowCursor(new RowSchemas());
                cursor.Start(JournalRecordKind.Scored, payload.AsSpan(0, length));
                cursor.WriteNext(payload.AsSpan(0, length), new CopyBuffer());
            });
        }
    }

    private async Task<(RequestRecord Request, List<PredictionRecord> Rows)> StoreAsync(JournalRecord record)
    {
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        using var journal = _harness.Open();
        Assert.True(await journal.AppendAsync(record));
        await _harness.DrainAsync(journal, database);
        Assert.Equal(0, _harness.Counted("dropped", "refused"));
        await using var context = ScorerServer.OpenDatabase(database);
        return (
            await context.Requests.SingleAsync(TestContext.Current.CancellationToken),
            await context.Predictions.OrderBy(p => p.Row).ToListAsync(TestContext.Current.CancellationToken));
    }

    // jsonb keeps numbers as numeric: compared as float32 again.
    private static string Cells(PredictionRecord row, IReadOnlyList<InputColumn> inputs)
    {
        using var features = JsonDocument.Parse(row.Features);
        Assert.Equal(inputs.Count, features.RootElement.EnumerateObject().Count());
        return string.Join('|', inputs.Select(c => features.RootElement.GetProperty(c.Name)).Select(v => v.ValueKind == JsonValueKind.Number
            ? v.GetSingle().ToString(System.Globalization.CultureInfo.InvariantCulture)
            : v.GetRawText()));
    }

    private sealed class RecordingTable : IFeedbackTable
    {
        public List<FeedbackEntry> Entries { get; } = [];

        public Task StoreAsync(NpgsqlConnection connection, IReadOnlyList<FeedbackEntry> entries, CancellationToken cancellationToken)
        {
            Entries.AddRange(entries);
            return Task.CompletedTask;
        }
    }
}
