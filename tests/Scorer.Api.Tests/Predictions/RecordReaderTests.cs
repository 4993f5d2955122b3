using System.IO.Pipelines;
using System.Text;
using Analytics.Scorer.Api.Predictions.Batches;

namespace Analytics.Scorer.Api.Tests.Predictions;

public sealed class RecordReaderTests
{
    private const string Csv = "a,b\r\n1,\"x\ny\"\n\n\"q\"\"\n\"\"\",2\n3,4";

    private static readonly (long Line, string Text)[] Expected =
        [(1, "a,b"), (2, "1,\"x\ny\""), (4, ""), (5, "\"q\"\"\n\"\"\",2"), (7, "3,4")];

    [Fact]
    public async Task Read_CutAtAnyPlace_GivesTheSameRecords()
    {
        var bytes = Encoding.UTF8.GetBytes(Csv);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(Expected, await ReadAsync(quoted: true, 1000, bytes[..cut], bytes[cut..]));
        }

        Assert.Equal(Expected, await ReadAsync(quoted: true, 1000, [.. bytes.Select(b => new[] { b })]));
    }

    [Fact]
    public async Task Read_NotQuoted_EndsARecordAtEachLine()
    {
        var records = await ReadAsync(quoted: false, 1000, Encoding.UTF8.GetBytes("[1]\n{\"a\":\"\\\"\"}\n\r\n[2]\n"));

        Assert.Equal([(1, "[1]"), (2, "{\"a\":\"\\\"\"}"), (3, ""), (4, "[2]")], records);
    }

    [Theory]
    [InlineData("12345678\n", 9, true)]
    [InlineData("12345678\n", 8, false)]
    [InlineData("123456789", 8, false)]
    [InlineData("\"12\n34\n56", 8, false)]
    public async Task Read_LongRecord_IsGivenUpAtTheBound(string text, int bound, bool read)
    {
        using var reader = new RecordReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), bound, quoted: true);
        Assert.True(await reader.FillAsync(TestContext.Current.CancellationToken));

        Assert.Equal((read, !read), (reader.TryRead(), reader.IsTooLong));
    }

    [Theory]
    [InlineData("", new[] { "" })]
    [InlineData("1,2,3", new[] { "1", "2", "3" })]
    [InlineData("1,,", new[] { "1", "", "" })]
    [InlineData("\"a,b\",\"c\"\"d\",\"\"", new[] { "a,b", "c\"d", "" })]
    [InlineData("\"\"\"\"", new[] { "\"" })]
    public void Fields_OfARecord_AreTakenOutOfTheirQuotes(string record, string[] expected)
    {
        var found = new List<string>();
        var fields = new CsvFields(Encoding.UTF8.GetBytes(record));
        while (fields.MoveNext())
        {
            Assert.False(fields.IsBroken);
            found.Add(Encoding.UTF8.GetString(fields.Current));
        }

        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData("\"a\"b,1")]
    [InlineData("a\"b,1")]
    [InlineData("\"a")]
    [InlineData("\"a\"\"")]
    public void Fields_QuoteAtAWrongPlace_AreBroken(string record)
    {
        var fields = new CsvFields(Encoding.UTF8.GetBytes(record));

        Assert.True(fields.MoveNext());
        Assert.True(fields.IsBroken);
    }

    private static async Task<List<(long Line, string Text)>> ReadAsync(bool quoted, int bound, params byte[][] pieces)
    {
        var pipe = new Pipe();
        using var reader = new RecordReader(pipe.Reader, bound, quoted);
        var records = new List<(long, string)>();
        foreach (var piece in pieces.Where(p => p.Length > 0))
        {
            await pipe.Writer.WriteAsync(piece, TestContext.Current.CancellationToken);
            Assert.True(await reader.FillAsync(TestContext.Current.CancellationToken));
            Drain();
        }

        await pipe.Writer.CompleteAsync();
        await reader.FillAsync(TestContext.Current.CancellationToken);
        Drain();
        return records;

        void Drain()
        {
            while (reader.TryRead())
            {
                records.Add((reader.Line, Encoding.UTF8.GetString(reader.Record)));
            }
        }
    }
}
