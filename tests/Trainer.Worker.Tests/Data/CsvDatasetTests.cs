using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class CsvDatasetTests
{
    // machinelearning#544: a byte order mark became part of the first column's name.
    [Theory]
    [InlineData("\uFEFFa,b,y\n1,x,p\n2,,q\n")]
    [InlineData("a,b,y\r\n1,x,p\r\n2,,q\r\n")]
    [InlineData("a,b,y\n1,x,p\n2,,q")]
    [InlineData("a,b,y\r\n1,x,p\n2,,q")]
    [InlineData("a,b,y\n1,x,p\n\n2,NA,q\n\n")]
    [InlineData("\"a\",\"b\",\"y\"\n\"1\",\"x\",\"p\"\n\"2\",\"\",\"q\"\n")]
    public void Read_BomLineBreaksAndQuotes_AreOneTable(string csv)
    {
        var table = Read(csv, ["a", "b"]).Table;
        Assert.Equal(["a", "b", "y"], table.Columns.Select(c => c.Name));
        Assert.Equal([1f, 2f], ((NumberColumn)table["a"]).Values);
        Assert.Equal(["x", null], [((TextColumn)table["b"])[0], ((TextColumn)table["b"])[1]]);
        Assert.Equal(["p", "q"], ((TextColumn)table["y"]).Values);
    }

    // machinelearning#4460: quoting was off by default and a wrong model was trained without a word.
    [Fact]
    public void Read_QuotedFields_FollowRfc4180()
    {
        var column = (TextColumn)Read("t,y\n\"a,b\",p\n\"say \"\"so\"\"\",p\n\"two\nlines\",q\n\" x \",q\n", ["t"]).Table["t"];
        Assert.Equal(["a,b", "say \"so\"", "two\nlines", " x "], column.Codes.Select(c => column.Values[c]));
    }

    // TextLoader defaults: a short row was filled with zeros.
    [Theory]
    [InlineData("a,b,y\n1,2,p\n1,2\n", "Line 3: expected 3 fields as in the header, found 2")]
    [InlineData("a,b,y\n1,2,p\n1,2,p,4\n", "Line 3: expected 3 fields as in the header, found 4")]
    [InlineData("a,b,y\n\"x\ny\",2,p\n\n1,2\n", "Line 5: expected 3 fields")]
    [InlineData("a,b,y\n1,2,p\n1,\"2,p\n1,2,p\n", "Line 3: a quote is opened and never closed")]
    [InlineData("a,b,y\n1,2\"3,p\n", "Line 2: a quote inside a value without quotes")]
    [InlineData("a,b,y\n1,\"2\"3,p\n", "Line 2: text after a closing quote")]
    [InlineData("a,a,y\n1,2,p\n", "Line 1: two columns are named 'a'")]
    [InlineData("a,,y\n1,2,p\n", "Line 1: the name of column 2 is empty")]
    [InlineData("a;y\n1;p\n", "Line 1: the header has no comma but ';'")]
    [InlineData("a\ty\n1\tp\n", "no comma but 'tab'")]
    [InlineData("\n\n", "The data has no header line")]
    public void Read_MalformedFile_NamesLineExpectedAndFound(string csv, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Read(csv, ["a", "b"])).Message, StringComparison.Ordinal);

    // TextLoader defaults: an empty number became 0, and abc became NaN.
    [Fact]
    public void Read_EmptyNumber_IsMissing()
    {
        var column = (NumberColumn)Read("a,y\n1,p\n,p\nna,q\n \t,q\n", ["a"]).Table["a"];
        Assert.Equal([1f, float.NaN, float.NaN, float.NaN], column.Values);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("1e400")]
    [InlineData("1,5")]
    [InlineData("NaN")]
    [InlineData("?")]
    public void Read_TextInNumericColumn_NamesItsLine(string text)
    {
        var csv = $"a,y\n1,p\n2,p\n\"{text}\",q\n4,q\n";
        var fault = Assert.Throws<InvalidInputException>(() => Read(csv, ["a"]));
        Assert.Contains($"Line 4, column 'a': expected a number as in 3 other rows, found '{text}'", fault.Message, StringComparison.Ordinal);

        Assert.IsType<TextColumn>(Read(csv, ["a"], text: ["a"]).Table["a"]);
        Assert.IsType<TextColumn>(Read(csv, ["a"], lenient: ["a"]).Table["a"]);
        Assert.Equal(["y"], Read(csv, []).Table.Columns.Select(c => c.Name));
    }

    [Fact]
    public void Read_ManyTextsAmongNumbers_IsATextColumn()
    {
        var column = Assert.IsType<TextColumn>(Read("a,y\n36,p\n38,p\nS,q\n40,q\nM,q\n", ["a"]).Table["a"]);
        Assert.Equal(["36", "38", "S", "40", "M"], column.Values);
    }

    [Fact]
    public void Read_Numbers_AreRoundedToFloat32AtOnce() =>
        Assert.Equal([16777216f, 0.1f, -1e-3f], ((NumberColumn)Read("a,y\n16777217,p\n0.1,p\n -1E-3 ,q\n", ["a"]).Table["a"]).Values);

    [Fact]
    public void Read_RowsWithoutLabel_AreLeftOutAndCounted()
    {
        // The unlabelled row's text does not make the column text either.
        var reading = Read("a,y\n1,p\nabc,\n3,NA\n4,q\n", ["a"]);
        Assert.Equal(2, reading.UnlabelledRows);
        Assert.Equal([1f, 4f], ((NumberColumn)reading.Table["a"]).Values);
    }

    [Fact]
    public void Read_NumericLabel_StaysText() =>
        Assert.Equal(["1", "01"], ((TextColumn)Read("a,y\n1,1\n2,01\n", ["a"]).Table["y"]).Values);

    [Fact]
    public void Read_FieldLargerThanAnyBuffer_IsRead()
    {
        var text = new string('€', 1_000_000);
        Assert.Equal([text], ((TextColumn)Read($"a,y\n{text},p\n", ["a"]).Table["a"]).Values);
    }

    [Fact]
    public void Read_QuoteOpenOverMostOfALargeFile_IsRefusedBeforeTheMemoryIs()
    {
        var rows = string.Concat(Enumerable.Repeat("some text,p\n", 3_000_000));
        var fault = Assert.Throws<InvalidInputException>(() => Read($"a,y\n\"open,p\n{rows}", ["a"]));
        Assert.Contains("a quote is probably not closed", fault.Message, StringComparison.Ordinal);
    }

    private static TableReading Read(string csv, string[] columns, string[]? text = null, string[]? lenient = null)
    {
        using var file = new TempFile(csv);
        return CsvDataset.Read(
            file.Path,
            new TablePlan("y", columns.ToHashSet(), (text ?? []).ToHashSet(), (lenient ?? []).ToHashSet()),
            TestContext.Current.CancellationToken);
    }
}
