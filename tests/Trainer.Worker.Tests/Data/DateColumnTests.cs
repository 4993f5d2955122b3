using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;

namespace Analytics.Trainer.Worker.Tests.Data;

/// <summary>Columns of dates, timestamps and booleans: what they are taken for, and what is a fault.</summary>
public sealed class DateColumnTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2024-02-29|2023-12-31|NA", ColumnType.Date)]
    [InlineData("2024-02-29|2023-12-31T00:00:00|2023-12-31 00:00Z", ColumnType.Date)]
    [InlineData("2024-02-29T12:30|2023-12-31 23:59:59.123456|2023-12-31T01:00:00+02:00|2024-01-01", ColumnType.Timestamp)]
    [InlineData(" 2024-02-29 | 2023-12-31", ColumnType.Date)]
    [InlineData("2024-02-30|2023-12-31", ColumnType.Text)]
    [InlineData("2024-2-9|2023-1-1", ColumnType.Text)]
    [InlineData("09.02.2024|01.01.2023", ColumnType.Text)]
    [InlineData("20240209|20230101", ColumnType.Number)]
    [InlineData("2024-02-29T25:00|2024-02-28", ColumnType.Text)]
    [InlineData("0000-01-01|2024-02-28", ColumnType.Text)]
    [InlineData("true|False|TRUE|", ColumnType.Boolean)]
    [InlineData("true|false|unknown", ColumnType.Text)]
    [InlineData("1|0|1", ColumnType.Number)]
    [InlineData("yes|no|yes", ColumnType.Text)]
    public async Task Read_Values_AreWhatAllOfThemAre(string values, ColumnType expected)
    {
        var table = await ReadAsync(values.Split('|'), new DatasetSchema("y"));
        Assert.Equal(expected, table["d"].Type);
    }

    [Fact]
    public async Task Read_Timestamps_HaveTheirPartsInUtc()
    {
        var table = await ReadAsync(["2024-02-29T23:30:00-02:00", "", "2023-01-01"], new DatasetSchema("y"));
        Assert.Equal("2024-03-01T01:30:00", ((DateColumn)table["d"])[0]);
        Assert.Null(((DateColumn)table["d"])[1]);
        float Part(string name, int row) => ((NumberColumn)table[$"d.{name}"])[row];
        Assert.Equal([2024, 3, 1, 5, 61, 1, 30], DateParts.Of(ColumnType.Timestamp).Select(p => Part(p, 0)));
        Assert.All(DateParts.Of(ColumnType.Timestamp), p => Assert.True(float.IsNaN(Part(p, 1))));
        Assert.Equal([2023, 1, 1, 7, 1, 0, 0], DateParts.Of(ColumnType.Timestamp).Select(p => Part(p, 2)));
    }

    [Fact]
    public async Task Read_TextAmongDates_NamesItsLine()
    {
        string[] values = [.. Enumerable.Range(1, 28).Select(d => $"2024-01-{d:00}"), "soon"];
        Assert.Equal(
            "Line 30, column 'd': expected a date as in 28 other rows, found 'soon'. Correct it (an empty cell or NA is a missing value), or leave the "
            + "column out (exclude), or name it in the schema's 'text' list when its values are names.",
            await FaultAsync(values, new DatasetSchema("y")));
        Assert.Equal(ColumnType.Text, (await ReadAsync(values, new DatasetSchema("y", Text: ["d"])))["d"].Type);
    }

    [Fact]
    public async Task Read_DeclaredForm_IsReadAndNothingElse()
    {
        var schema = new DatasetSchema("y") { Date = ["d"], DateFormat = "%d.%m.%Y" };
        var table = await ReadAsync(["29.02.2024", "1.1.2023", "?"], schema);
        Assert.Equal(ColumnType.Date, table["d"].Type);
        Assert.Equal(["2024-02-29", "2023-01-01", null], Enumerable.Range(0, 3).Select(r => ((DateColumn)table["d"])[r]));
        Assert.Contains("Line 3, column 'd': expected a date as in 1 other rows, found '2024-01-01'", await FaultAsync(["29.02.2024", "2024-01-01"], schema), StringComparison.Ordinal);
        // Whole numbers too, where they are said to be dates.
        var compact = await ReadAsync(["20240229", "20230101"], schema with { DateFormat = "%Y%m%d" });
        Assert.Equal("2024-02-29", ((DateColumn)compact["d"])[0]);
        var timed = await ReadAsync(["02/29/24 13:05", "01/01/23 00:00"], schema with { DateFormat = "%m/%d/%y %H:%M" });
        Assert.Equal(["2024-02-29T13:05:00", "2023-01-01"], Enumerable.Range(0, 2).Select(r => ((DateColumn)timed["d"])[r]));
    }

    [Theory]
    [InlineData("%d.%m")]
    [InlineData("%B %d %Y")]
    [InlineData("%d%d%m%Y")]
    [InlineData("%Y-%y-%m-%d")]
    [InlineData("dd.MM.yyyy")]
    [InlineData("%")]
    public void DateFormat_NoWholeDate_IsRefused(string format) => Assert.Contains(
        $"found '{format}'",
        Assert.Throws<InvalidInputException>(() => new CellSql(new DatasetSchema { DateFormat = format })).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Read_DeclaredBooleans_TakeOneAndZeroToo()
    {
        var schema = new DatasetSchema("y") { Boolean = ["d"] };
        var table = await ReadAsync(["1", "false", "0", "NA", "TRUE"], schema);
        Assert.Equal(ColumnType.Boolean, table["d"].Type);
        Assert.Equal([1, 0, 0, float.NaN, 1], ((NumberColumn)table["d"]).Values);
        Assert.Contains("Line 4, column 'd': expected true or false as in 2 other rows, found '2'", await FaultAsync(["1", "0", "2"], schema), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_DeclaredMissing_IsMissingInNumbersTextsAndLabels()
    {
        File.WriteAllText(_folder.File("data.csv"), "a,t,y\n-999,x,p\n1,None,q\n2,z,none\n3,-999,p\n");
        using var source = await DatasetSource.OpenAsync(
            _folder.File("data.csv"), new DatasetSchema("y") { Missing = ["-999", "none"] }, _folder.File("scratch"), TestContext.Current.CancellationToken);
        var reading = TableLoading.Read(source, Plan("a", "t"), TestContext.Current.CancellationToken);
        Assert.Equal(1, reading.UnlabelledRows);
        Assert.Equal([float.NaN, 1, 3], ((NumberColumn)reading.Table["a"]).Values);
        Assert.Equal([0, -1, -1], ((TextColumn)reading.Table["t"]).Codes);
    }

    [Fact]
    public async Task Read_InFiles_IsTheSameTable()
    {
        var values = Enumerable.Range(0, 500).Select(i => i % 7 == 0 ? "" : $"2024-01-{1 + (i % 28):00}T{i % 24:00}:15").ToArray();
        var memory = (DateColumn)(await ReadAsync(values, new DatasetSchema("y")))["d"];
        var files = await ReadAsync(values, new DatasetSchema("y"), mostInMemory: 0);
        Assert.Equal(memory.Ticks, ((DateColumn)files["d"]).Ticks);
        Assert.Equal(memory.Parts[5].Values, ((NumberColumn)files["d.hour"]).Values);
        int[] some = [3, 400, 7, 3];
        Assert.Equal(some.Select(r => memory[r]), Enumerable.Range(0, 4).Select(r => ((DateColumn)files.Take(some)["d"])[r]));
    }

    // What SQL takes for a date when it counts, .NET must read as one: a cell that only one of them takes would be missing without a word.
    [Fact]
    public async Task Read_ManyForms_AreDatesForDuckDbAndDotNetAlike()
    {
        string[] days = ["2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31", "2024-13-01", "2024-00-10", "2024-01-32", "24-01-01", "+2024-01-01", "infinity", "epoch"];
        string[] times = ["", "T", "T10", "T10:30", " 10:30", "t10:30:59", "T10:30:60", "T24:00", "T10:60", "T10:30:00.", "T10:30:00.1", "T10:30:00.123456789", "T10:30:00.1234567890", "T10:30:00,5", "  10:30"];
        string[] offsets = ["", "Z", "z", "+01", "-0130", "+05:45", "+24:00", "+1", "+01:", "+01:5", " Z", "UTC"];
        var forms = days.SelectMany(d => times.SelectMany(t => offsets.Select(o => d + t + o))).ToList();
        File.WriteAllText(_folder.File("data.ndjson"), string.Concat(forms.Select(f => $"{{\"d\":\"{f}\"}}\n")));
        using var source = await DatasetSource.OpenAsync(
            _folder.File("data.ndjson"), new DatasetSchema(), _folder.File("scratch"), TestContext.Current.CancellationToken);
        var found = new List<(string, bool)>();
        source.Query(from => $"SELECT v0, {CellSql.IsDate("v0")} FROM ({from})", [0], row => found.Add((row.GetString(0), row.GetBoolean(1))), TestContext.Current.CancellationToken);

        // An offset that leads out of the calendar is the one thing that only .NET knows.
        Assert.All(found, f => Assert.True(
            f.Item2 == DateText.TryParse(f.Item1, out _) || f.Item1[..4] is "0001" or "9999", $"'{f.Item1}': DuckDB says {f.Item2}."));
        Assert.Equal(forms.Count, found.Count);
        Assert.Contains(found, f => f.Item2);
    }

    private async Task<DatasetTable> ReadAsync(string[] values, DatasetSchema schema, long mostInMemory = TableLoading.MostCellsInMemory)
    {
        File.WriteAllText(_folder.File("data.csv"), "d,y\n" + string.Concat(values.Select((v, i) => $"{v},k{i % 2}\n")));
        using var source = await DatasetSource.OpenAsync(_folder.File("data.csv"), schema, _folder.File("scratch"), TestContext.Current.CancellationToken);
        return TableLoading.Read(source, Plan("d") with { Text = (schema.Text ?? []).ToHashSet() }, TestContext.Current.CancellationToken, mostInMemory).Table;
    }

    private async Task<string> FaultAsync(string[] values, DatasetSchema schema) =>
        (await Assert.ThrowsAsync<InvalidInputException>(() => ReadAsync(values, schema))).Message;

    private static TablePlan Plan(params string[] columns) => new("y", columns.ToHashSet(), new HashSet<string>(), new HashSet<string>());
}
