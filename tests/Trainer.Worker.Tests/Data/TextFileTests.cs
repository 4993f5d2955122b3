using System.Security.Cryptography;
using System.Text;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;

namespace Analytics.Trainer.Worker.Tests.Data;

public class TextFileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }, "byte 0x89 at offset 0; it looks like a PNG image")]
    [InlineData(new byte[] { 0x1F, 0x8B, 0x08, 0x00 }, "it looks like a gzip file")]
    [InlineData(new byte[] { 0x50, 0x4B, 0x03, 0x04, 0x00 }, "it looks like a ZIP archive or an Excel workbook")]
    [InlineData(new byte[] { 0x50, 0x41, 0x52, 0x31, 0x00 }, "it looks like a Parquet file")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00 }, "it looks like UTF-16 text")]
    [InlineData(new byte[] { 0x61, 0x00, 0x2C, 0x00 }, "byte 0x00 at offset 1; it looks like a binary file or UTF-16 text")]
    [InlineData(new byte[] { 0x61, 0x2C, 0xE9, 0x0A }, "byte 0xE9 at offset 2; it may be Latin-1")]
    [InlineData(new byte[] { 0x61, 0x2C, 0xC3 }, "byte 0xC3 at offset 2")]
    [InlineData(new byte[0], "The data file is empty")]
    public async Task Check_NotText_SaysWhatWasFound(byte[] content, string expected)
    {
        using var file = new TempFile(content);
        var fault = await Assert.ThrowsAsync<InvalidInputException>(() => TextFile.CheckAsync(file.Path, Cancellation));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_CharactersAcrossBlocks_AreText()
    {
        // Three bytes each and a start of one or two: some character lies across every block's end.
        for (var shift = 0; shift < 3; shift++)
        {
            var content = Encoding.UTF8.GetBytes(new string('a', shift) + string.Concat(Enumerable.Repeat("€", 300_000)));
            using var file = new TempFile(content);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), await TextFile.CheckAsync(file.Path, Cancellation));
        }
    }

    [Fact]
    public async Task Check_InvalidByteFarInside_NamesItsOffset()
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("€", 300_000)));
        content[600_001] = 0xFF;
        using var file = new TempFile(content);
        var fault = await Assert.ThrowsAsync<InvalidInputException>(() => TextFile.CheckAsync(file.Path, Cancellation));
        Assert.Contains("at offset 600000", fault.Message, StringComparison.Ordinal);
    }
}
