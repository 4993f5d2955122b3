using System.IO.Compression;
using System.Text;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;
using DuckDB.NET.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public sealed class DatasetSourceTests : IDisposable
{
    private const string Csv = "a,t,y\n1.5,x,p\n,NA,q\n-2,\"y, z\",p\n";
    private const string Ndjson = "{\"a\":1.5,\"t\":\"x\",\"y\":\"p\"}\n\n{\"a\":null,\"y\":\"q\"}\n{\"t\":\"y, z\",\"y\":\"p\",\"a\":-2}\n";

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("data.csv")]
    [InlineData("data.csv.gz")]
    [InlineData("data.tsv")]
    [InlineData("data.ndjson")]
    [InlineData("data.jsonl.gz")]
    [InlineData("data.parquet")]
    [InlineData("data")]
    public async Task Read_OneTableInEachForm_IsTheSame(string name)
    {
        Write(name);
        var table = (await ReadAsync(_folder.File(name))).Table;
        Assert.Equal([1.5f, float.NaN, -2f], ((NumberColumn)table["a"]).Values);
        Assert.Equal(["x", null, "y, z"], [((TextColumn)table["t"])[0], ((TextColumn)table["t"])[1], ((TextColumn)table["t"])[2]]);
        Assert.Equal(["p", "q"], ((TextColumn)table["y"]).Values);
    }

    [Fact]
    public async Task Read_TypesOfParquet_AreRead()
    {
        WriteParquet("data.parquet", """
            SELECT i::BIGINT AS whole, (i / 4)::DOUBLE AS part, (i / 8)::DECIMAL(9, 3) AS dec, i % 2 = 0 AS flag, DATE '2020-01-01' + i::INTEGER AS day,
                [i] AS list, {'x': i} AS object, CASE WHEN i = 3 THEN 'NaN'::DOUBLE ELSE 1 END AS nan, 'c' || (i % 3) AS y FROM range(1, 13) r(i)
            """);
        using var source = await OpenAsync(_folder.File("data.parquet"));
        Assert.Equal(["list", "object"], source.Nested);
        var table = Read(source, "whole", "part", "dec", "flag", "day", "nan").Table;
        Assert.Equal(0.75f, ((NumberColumn)table["part"])[2]);
        Assert.Equal(0.375f, ((NumberColumn)table["dec"])[2]);
        Assert.Equal(12f, ((NumberColumn)table["whole"])[11]);
        Assert.Equal(ColumnType.Boolean, table["flag"].Type);
        Assert.Equal([0f, 1f, 0f], ((NumberColumn)table["flag"]).Values[..3]);
        Assert.Equal(ColumnType.Date, table["day"].Type);
        Assert.Equal("2020-01-04", ((DateColumn)table["day"])[2]);
        Assert.Equal(1, table["nan"].MissingCount);
    }

    [Fact]
    public async Task Read_ManyFiles_AreOneTableByName()
    {
        File.WriteAllText(_folder.File("1.csv"), "a,y\n1,p\n2,q\n");
        File.WriteAllText(_folder.File("2.csv"), "y;a\nr;3\n");
        using var source = await DatasetSource.OpenAsync(_folder.Path, new DatasetSchema(), Scratch, Cancel);
        Assert.Equal([1f, 2f, 3f], ((NumberColumn)Read(source, "a").Table["a"]).Values);
        Assert.Equal(3, source.Rows);
    }

    [Fact]
    public async Task Read_ObjectsWithOtherKeysInAnotherFile_HaveAllColumns()
    {
        File.WriteAllText(_folder.File("1.ndjson"), "{\"a\":1,\"y\":\"p\"}\n");
        File.WriteAllText(_folder.File("2.ndjson"), "{\"b\":2,\"y\":\"q\"}\n");
        using var source = await DatasetSource.OpenAsync(_folder.Path, new DatasetSchema(), Scratch, Cancel);
        Assert.Equal([float.NaN, 2f], ((NumberColumn)Read(source, "a", "b").Table["b"]).Values);
    }

    [Theory]
    [InlineData("a,y\n1,p\n", "b,y\n1,p\n", "'2.csv' has other columns than '1.csv': it lacks 'a'")]
    [InlineData("a,y\n1,p\n", "a,y\n1\n", "File '2.csv': Line 2: expected 2 fields as in the header, found 1")]
    [InlineData("a,y\n1,p\n", "{\"a\":1,\"y\":2}\n", "File '2.csv': The data is said to be CSV and looks like NDJSON")]
    public async Task Open_FilesThatDoNotFit_NamesTheFile(string first, string second, string expected)
    {
        File.WriteAllText(_folder.File("1.csv"), first);
        File.WriteAllText(_folder.File("2.csv"), second);
        var fault = await Assert.ThrowsAsync<InvalidInputException>(
            () => DatasetSource.OpenAsync(_folder.Path, new DatasetSchema(), Scratch, Cancel));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.ndjson", "{\"a\":1,\"y\":\"p\"}\n{\"a\":\n", "Malformed JSON", "line ")]
    [InlineData("data.parquet", "a,y\n1,p\n", "said to be Parquet and looks like CSV", "found bytes 612C790A")]
    [InlineData("data.parquet", "PAR1 and then nothing", "The Parquet file is cut short", "at byte 17")]
    [InlineData("data.parquet", "PAR1 nothing between these two PAR1", "'data.parquet' is not readable Parquet", "upload it")]
    [InlineData("data.csv.gz", "a,y\n1,p\n", "", "")]
    public async Task Open_FileThatIsNotWhatItSays_SaysSo(string name, string content, params string[] expected)
    {
        File.WriteAllText(_folder.File(name), content);
        if (expected is ["", ""])
        {
            // Not packed after all: read as what it is.
            using var plain = await OpenAsync(_folder.File(name));
            Assert.Equal(1, plain.Rows);
            return;
        }

        var fault = await Assert.ThrowsAsync<InvalidInputException>(async () => await ReadAsync(_folder.File(name)));
        Assert.All(expected, e => Assert.Contains(e, fault.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(_folder.Path, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.99)]
    public async Task Open_FileCutShort_IsRefused(double share)
    {
        File.WriteAllText(_folder.File("plain.csv"), "a,y\n" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i * 7919 % 1_000_003},p\n")));
        Pack("plain.csv", "data.csv.gz");
        WriteParquet("data.parquet", "SELECT i * 7919 % 1000003 AS a, 'p' AS y FROM range(50000) r(i)");
        foreach (var name in new[] { "data.csv.gz", "data.parquet" })
        {
            var whole = File.ReadAllBytes(_folder.File(name));
            File.WriteAllBytes(_folder.File(name), whole[..(int)(share * whole.Length)]);
            var fault = await Assert.ThrowsAsync<InvalidInputException>(() => OpenAsync(_folder.File(name)));
            Assert.Contains("cut short", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Open_GzipOfMoreThanTheBound_IsRefused()
    {
        File.WriteAllText(_folder.File("plain.csv"), "a,y\n" + string.Concat(Enumerable.Repeat("1,p\n", 500_000)));
        Pack("plain.csv", "data.csv.gz");
        var fault = await Assert.ThrowsAsync<InvalidInputException>(
            () => DatasetSource.OpenAsync(_folder.File("data.csv.gz"), new DatasetSchema(), Scratch, Cancel, mostBytes: 1_000_000));
        Assert.Contains("more than 1000000 bytes", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.ndjson", "{\"a\":1,\"y\":1}\n\n{\"a\":\"x\",\"y\":2}\n{\"a\":2,\"y\":2}\n", "Line 3, column 'a': expected a number as in 2 other rows, found 'x'")]
    public async Task Read_TextAmongNumbersInNdjson_NamesItsLine(string name, string content, string expected)
    {
        File.WriteAllText(_folder.File(name), content);
        var fault = await Assert.ThrowsAsync<InvalidInputException>(() => ReadAsync(_folder.File(name)));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_TextAmongNumbersInParquet_NamesItsRow()
    {
        WriteParquet("data.parquet", "SELECT CASE WHEN i = 7 THEN 'seven' ELSE i::VARCHAR END AS a, 'p' AS t, 'p' AS y FROM range(1, 20) r(i)");
        var fault = await Assert.ThrowsAsync<InvalidInputException>(() => ReadAsync(_folder.File("data.parquet")));
        Assert.Contains("Row 7, column 'a': expected a number as in 18 other rows, found 'seven'", fault.Message, StringComparison.Ordinal);
    }

    // A data set's files are all that a query may see, whatever it says.
    [Theory]
    [InlineData("SELECT * FROM read_text('/etc/hostname')")]
    [InlineData("SELECT * FROM read_csv('{0}/other.csv')")]
    [InlineData("COPY (SELECT 1) TO '{0}/new.csv'")]
    [InlineData("SET threads = 1")]
    [InlineData("INSTALL httpfs")]
    [InlineData("ATTACH '{0}/x.duckdb'")]
    public void Session_AnythingElse_IsRefused(string sql)
    {
        File.WriteAllText(_folder.File("data.csv"), Csv);
        File.WriteAllText(_folder.File("other.csv"), Csv);
        using var session = new DuckSession([_folder.File("data.csv")], Scratch);
        session.Query($"SELECT * FROM read_csv({DuckSession.Literal(_folder.File("data.csv"))})", _ => { }, Cancel);
        Assert.ThrowsAny<DuckDBException>(() => session.Query(sql.Replace("{0}", _folder.Path, StringComparison.Ordinal), _ => { }, Cancel));
    }

    // Both sides must see the same bits: the scorer parses with .NET, the trainer with DuckDB.
    [Fact]
    public async Task Read_Numbers_AreTheBitsThatDotNetParses()
    {
        var random = new Random(7);
        var texts = Enumerable.Range(0, 20_000).Select(i => (i % 4) switch
        {
            0 => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(0x7F800000)).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            1 => random.NextDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            2 => $"{random.Next()}{random.Next()}.{random.Next()}{random.Next()}",
            _ => $"-{random.Next(100)}.{random.Next(1000):000}e{random.Next(-40, 30)}",
        }).Concat(["16777217", "+1", ".5", "5.", " 7 ", "1e-50", "-0"]).ToList();
        File.WriteAllText(_folder.File("data.csv"), "a,y\n" + string.Concat(texts.Select(t => $"{t},p\n")));
        var values = ((NumberColumn)(await ReadAsync(_folder.File("data.csv"), "a")).Table["a"]).Values;
        Assert.Equal(
            texts.Select(t => float.Parse(t, System.Globalization.CultureInfo.InvariantCulture)).Select(BitConverter.SingleToUInt32Bits),
            values.Select(BitConverter.SingleToUInt32Bits));
    }

    private string Scratch => _folder.File("scratch");

    private Task<DatasetSource> OpenAsync(string path) =>
        DatasetSource.OpenAsync(path, new DatasetSchema(), Scratch, Cancel);

    private async Task<TableReading> ReadAsync(string path, params string[] columns)
    {
        using var source = await OpenAsync(path);
        return Read(source, columns.Length > 0 ? columns : ["a", "t"]);
    }

    private static TableReading Read(DatasetSource source, params string[] columns) => TableLoading.Read(
        source, new TablePlan("y", columns.ToHashSet(), new HashSet<string>(), new HashSet<string>()), Cancel);

    private void Write(string name)
    {
        switch (name)
        {
            case "data.parquet":
                WriteParquet(name, "SELECT * FROM (VALUES (1.5::DOUBLE, 'x', 'p'), (NULL, NULL, 'q'), (-2, 'y, z', 'p')) v(a, t, y)");
                break;
            case "data.ndjson":
                File.WriteAllText(_folder.File(name), Ndjson);
                break;
            case "data.jsonl.gz":
                File.WriteAllText(_folder.File("plain"), Ndjson);
                Pack("plain", name);
                break;
            case "data.csv.gz":
                File.WriteAllText(_folder.File("plain"), Csv);
                Pack("plain", name);
                break;
            case "data.tsv":
                File.WriteAllText(_folder.File(name), "a\tt\ty\r\n1.5\tx\tp\r\n\tNA\tq\r\n-2\ty, z\tp\r\n", new UTF8Encoding(true));
                break;
            default:
                File.WriteAllText(_folder.File(name), Csv);
                break;
        }
    }

    private void Pack(string from, string to)
    {
        using var source = File.OpenRead(_folder.File(from));
        using var target = new GZipStream(File.Create(_folder.File(to)), CompressionLevel.Fastest);
        source.CopyTo(target);
    }

    private void WriteParquet(string name, string select)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({select}) TO {DuckSession.Literal(_folder.File(name))} (FORMAT parquet)";
        command.ExecuteNonQuery();
    }
}
