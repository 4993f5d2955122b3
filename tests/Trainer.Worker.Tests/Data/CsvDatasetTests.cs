using System.Globalization;
using System.Text;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;

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
    [InlineData("Infinity")]
    [InlineData("1_000")]
    [InlineData("0x10")]
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

    [Theory]
    [InlineData("a;b;y\n1;x,z;p\n")]
    [InlineData("a\tb\ty\n1\tx,z\tp\n")]
    [InlineData("a|b|y\n1|x,z|p\n")]
    [InlineData("\"a\",\"b\",\"y\"\n1,\"x,z\",p\n")]
    [InlineData("\n\"a\";\"b\";y\n1;\"x,z\";p\n")]
    public void Read_AnotherDelimiter_IsFoundInTheHeader(string csv) =>
        Assert.Equal(["x,z"], ((TextColumn)Read(csv, ["a", "b"]).Table["b"]).Values);

    [Fact]
    public void Read_DelimiterIsSaid_IsThat() =>
        Assert.Equal([1f], ((NumberColumn)Read("a,x:y\n1:p\n", ["a,x"], schema: new DatasetSchema { Delimiter = ":" }).Table["a,x"]).Values);

    [Fact]
    public void Read_DelimiterIsNone_IsAFault() => Assert.Contains(
        "'delimiter' is one character",
        Assert.Throws<InvalidInputException>(() => Read("a,y\n1,p\n", ["a"], schema: new DatasetSchema { Delimiter = "::" })).Message,
        StringComparison.Ordinal);

    // Never guessed: without being declared it is text.
    [Fact]
    public void Read_DecimalCommaAndThousands_OnlyWhereDeclared()
    {
        const string csv = "a;y\n1.234,5;p\n-0,25;p\n;q\n7;q\n";
        var declared = new DatasetSchema { DecimalSign = ",", Thousands = "." };
        Assert.Equal([1234.5f, -0.25f, float.NaN, 7f], ((NumberColumn)Read(csv, ["a"], schema: declared).Table["a"]).Values);
        Assert.IsType<TextColumn>(Read(csv, ["a"]).Table["a"]);
        var point = Assert.Throws<InvalidInputException>(
            () => Read("a;y\n1,5;p\n2.5;p\n3,5;q\n", ["a"], schema: new DatasetSchema { DecimalSign = "," }));
        Assert.Contains("Line 3, column 'a': expected a number as in 2 other rows, found '2.5'", point.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NA")]
    [InlineData("n/a")]
    [InlineData("#N/A")]
    [InlineData("NaN")]
    [InlineData(" null ")]
    [InlineData("?")]
    public void Read_MissingText_IsMissingInNumbersTextsAndLabels(string missing)
    {
        var reading = Read($"a,t,y\n1,x,p\n{missing},{missing},p\n2,z,{missing}\n", ["a", "t"]);
        Assert.Equal(1, reading.UnlabelledRows);
        Assert.Equal([1f, float.NaN], ((NumberColumn)reading.Table["a"]).Values);
        Assert.Null(((TextColumn)reading.Table["t"])[1]);
    }

    // DuckDB compares names without case; the product does not.
    [Fact]
    public void Read_NamesThatDifferInCaseOrHoldQuotes_AreColumns()
    {
        var table = Read("a,A,\"it's \"\"x\"\"\",y\n1,2,3,p\n", ["a", "A", "it's \"x\""]).Table;
        Assert.Equal([1f, 2f, 3f], table.Columns.OfType<NumberColumn>().Select(c => c.Values[0]));
    }

    [Fact]
    public void Read_ColumnSaidToBeNumbers_NamesTheFirstTextHoweverMany()
    {
        var fault = Assert.Throws<InvalidInputException>(
            () => Read("a,y\n1,p\nx,p\nz,q\n", ["a"], schema: new DatasetSchema { Number = ["a"] }));
        Assert.Contains("Line 3, column 'a': expected a number as in 1 other rows, found 'x'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NumberTarget_NamesTheLineOfAText()
    {
        var fault = Assert.Throws<InvalidInputException>(
            () => Read("a,y\n1,1.5\n2,high\n", ["a"], schema: new DatasetSchema("y", Target: TargetKind.Number)));
        Assert.Contains("Line 3, column 'y': expected a number as in 1 other rows, found 'high'", fault.Message, StringComparison.Ordinal);
    }

    // Two million different labels would be held in memory one by one.
    [Fact]
    public void Read_ManyDifferentLabels_AreRefusedBeforeTheyAreRead()
    {
        var csv = new StringBuilder("a,y\n");
        for (var i = 0; i < 2_000_000; i++)
        {
            csv.Append("1,n").Append(i).Append('\n');
        }

        var fault = Assert.Throws<InvalidInputException>(() => Read(csv.ToString(), ["a"]));
        Assert.Contains("different values; at most 1000 classes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreCellsThanMemoryTakes_IsTheSameTableInFiles()
    {
        var random = new Random(1);
        var csv = "a,t,b,y\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{random.Next(1000) / 8.0},k{random.Next(20)},{i},{(i % 7 == 0 ? "" : $"c{i % 3}")}\n")));
        var inMemory = Read(csv, ["a", "t", "b"]).Table;
        var onDisk = Read(csv, ["a", "t", "b"], mostInMemory: 1000).Table;
        var split = new SplitDefinition("s", ["a", "t", "b"]);

        Assert.Equal(((NumberColumn)inMemory["a"]).Values, ((NumberColumn)onDisk["a"]).Values);
        Assert.Equal(((NumberColumn)inMemory["b"]).Values, ((NumberColumn)onDisk["b"]).Values);
        Assert.Equal(((TextColumn)inMemory["t"]).Codes, ((TextColumn)onDisk["t"]).Codes);
        Assert.Equal(HoldoutSplit.Assign(inMemory, split), HoldoutSplit.Assign(onDisk, split));
        int[] rows = [3, 4, 900, 70_000];
        var gathered = new float[3];
        ((NumberColumn)onDisk["b"]).Gather(rows, 1, gathered);
        Assert.Equal(rows[1..].Select(r => ((NumberColumn)inMemory["b"])[r]), gathered);
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

    private static TableReading Read(
        string csv, string[] columns, string[]? text = null, string[]? lenient = null, DatasetSchema? schema = null, long mostInMemory = 1 << 20)
    {
        using var file = new TempFile(csv);
        using var scratch = new TempFolder();
        using var source = DatasetSource.OpenAsync(file.Path, schema ?? new DatasetSchema(), scratch.Path, TestContext.Current.CancellationToken)
            .GetAwaiter().GetResult();
        return TableLoading.Read(
            source,
            new TablePlan("y", columns.ToHashSet(), (text ?? []).ToHashSet(), (lenient ?? []).ToHashSet(), schema?.Target)
            {
                Number = (schema?.Number ?? []).ToHashSet(),
            },
            TestContext.Current.CancellationToken,
            mostInMemory);
    }
}
