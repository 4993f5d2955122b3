using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;

namespace Analytics.Registry.Tests.Models;

public class DateTextTests
{
    [Theory]
    [InlineData("2024-02-29", "2024-02-29")]
    [InlineData(" 2024-02-29\t", "2024-02-29")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29")]
    [InlineData("2024-02-29 10:30", "2024-02-29T10:30:00")]
    [InlineData("2024-02-29t10:30:05z", "2024-02-29T10:30:05")]
    [InlineData("2024-02-29T10:30:05.1", "2024-02-29T10:30:05.100000")]
    [InlineData("2024-02-29T10:30:05.123456789", "2024-02-29T10:30:05.123456")]
    [InlineData("2024-02-29T23:30-02", "2024-03-01T01:30:00")]
    [InlineData("2024-03-01T01:30+0230", "2024-02-29T23:00:00")]
    [InlineData("2024-03-01T05:45+05:45", "2024-03-01")]
    [InlineData("0001-01-01", "0001-01-01")]
    [InlineData("0001-01-01T00:00+01", null)]
    [InlineData("9999-12-31T23:59-01", null)]
    [InlineData("2023-02-29", null)]
    [InlineData("2024-1-1", null)]
    [InlineData("20240101", null)]
    [InlineData("01.02.2024", null)]
    [InlineData("2024-01-01T", null)]
    [InlineData("2024-01-01T10", null)]
    [InlineData("2024-01-01T24:00", null)]
    [InlineData("2024-01-01T10:60", null)]
    [InlineData("2024-01-01T10:30:60", null)]
    [InlineData("2024-01-01T10:30:00.", null)]
    [InlineData("2024-01-01T10:30:00.1234567891", null)]
    [InlineData("2024-01-01T10:30:00+1", null)]
    [InlineData("2024-01-01T10:30:00+01:", null)]
    [InlineData("2024-01-01T10:30:00 Z", null)]
    [InlineData("2024-01-01 noon", null)]
    [InlineData("", null)]
    public void TryParse_Text_IsThatDateOrNone(string text, string? expected) =>
        Assert.Equal(expected, DateText.TryParse(text, out var date) ? DateText.Format(date) : null);

    [Fact]
    public void Parts_OfADay_AreWholeNumbers()
    {
        Assert.True(DateText.TryParse("2024-12-29T10:30:59", out var sunday));
        Assert.Equal([2024, 12, 29, 7, 364, 10, 30], DateParts.Of(ColumnType.Timestamp).Select(p => DateParts.Find(p)!(sunday)));
        Assert.Equal(1, DateParts.Find("dayOfWeek")!(sunday.AddDays(1)));
        Assert.Equal(["year", "month", "day", "dayOfWeek", "dayOfYear"], DateParts.Of(ColumnType.Date));
        Assert.Null(DateParts.Find("week"));
    }

    [Fact]
    public void GraphOf_Signature_HasTheParts()
    {
        var output = new SignatureOutput("y", OutputKind.Number);
        var plain = new Signature([new InputColumn("a", ColumnType.Number, true)], output);
        Assert.Same(plain, DateParts.GraphOf(plain));
        var dated = new Signature([.. plain.Inputs, new InputColumn("d", ColumnType.Date, false) { Parts = ["year", "day"] }], output);
        Assert.Equal(["a Number True", "d.year Number False", "d.day Number False"], DateParts.GraphOf(dated).Inputs.Select(i => $"{i.Name} {i.Type} {i.Required}"));
    }

    [Fact]
    public void GoldenRows_OfEveryType_AreWhatTheyWere()
    {
        var signature = new Signature(
            [
                new InputColumn("n", ColumnType.Number, false), new InputColumn("t", ColumnType.Text, false, []), new InputColumn("b", ColumnType.Boolean, false),
                new InputColumn("d", ColumnType.Date, false) { Parts = ["year"] },
            ],
            new SignatureOutput("y", OutputKind.Number));
        var batch = new RowBatch(signature);
        batch.AddRow();
        batch.SetNumber(0, 0, 1.5f);
        batch.SetText(0, 1, "x");
        batch.SetNumber(0, 2, 1);
        batch.SetText(0, 3, "2024-02-29");
        batch.AddRow();

        var json = JsonSerializer.Serialize(GoldenRows.From(batch, [1, 2]), RegistryJson.Default.GoldenRows);
        var again = JsonSerializer.Deserialize(json, RegistryJson.Default.GoldenRows)!.ToBatch(signature);

        Assert.Equal("""[[1.5,"x",true,"2024-02-29"],[null,null,null,null]]""", JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement.GetProperty("rows")));
        Assert.Equal([1, float.NaN], again.Numbers(2).ToArray());
        Assert.Equal(["2024-02-29", ""], again.Texts(3).ToArray());
        var bad = json.Replace("2024-02-29", "soon", StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => JsonSerializer.Deserialize(bad, RegistryJson.Default.GoldenRows)!.ToBatch(signature));
    }
}
