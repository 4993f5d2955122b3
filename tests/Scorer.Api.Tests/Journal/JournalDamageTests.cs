using System.Buffers.Binary;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Journal;

public sealed class JournalDamageTests(PostgresServer postgres) : IDisposable
{
    private readonly JournalHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Tail_TornAtAnyByte_LosesThatRecordAlone()
    {
        var ids = await WriteAsync(20);
        var file = Assert.Single(_harness.Files());
        var frames = JournalHarness.Frames(file);
        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var (last, length) = frames[19];
        foreach (var kept in Enumerable.Range(1, length - 1))
        {
            await File.WriteAllBytesAsync(file, content[..(last + kept)], TestContext.Current.CancellationToken);
            var (records, damage) = ReadAll(file);
            Assert.Equal(19, records);
            Assert.Equal([(last, kept, true)], damage);
        }

        // And with the database: told with the place, counted, the others stored.
        using var journal = _harness.Open();
        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));
        Assert.Equal(ids[..19].Order(), stored.Order());
        Assert.Equal(1, _harness.Counted("damaged", "torn"));
        Assert.Contains(_harness.Told, t => t.Contains(file, StringComparison.Ordinal) && t.Contains($"from byte {last}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bit_FlippedAnywhere_LosesOneRecordAtMost()
    {
        await WriteAsync(6);
        var file = Assert.Single(_harness.Files());
        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        for (var at = SegmentFormat.HeaderBytes; at < content.Length; at++)
        {
            var damaged = content.ToArray();
            damaged[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(file, damaged, TestContext.Current.CancellationToken);
            var (records, damage) = ReadAll(file);
            Assert.InRange(records, 5, 6);
            var (offset, bytes, _) = Assert.Single(damage);
            Assert.InRange(at, offset, offset + bytes - 1);
        }
    }

    [Fact]
    public async Task Bit_FlippedInTheMiddle_TheOthersAreStored()
    {
        var ids = await WriteAsync(30);
        var file = Assert.Single(_harness.Files());
        var (offset, _) = JournalHarness.Frames(file)[10];
        await ChangeAsync(file, offset + 40, b => (byte)(b ^ 4));

        using var journal = _harness.Open();
        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(ids.Where((_, i) => i != 10).Order(), stored.Order());
        Assert.Equal(1, _harness.Counted("damaged", "damaged"));
        Assert.Contains(_harness.Told, t => t.Contains(file, StringComparison.Ordinal) && t.Contains($"at byte {offset} ", StringComparison.Ordinal));
        // Nothing is left but the newest segment, by which the next start knows the number.
        Assert.Single(_harness.Files());
        Assert.Equal(0, journal.Count);
    }

    [Fact]
    public async Task Header_Damaged_RecordsAreReadAsTheFoldersOwn()
    {
        var first = await WriteAsync(5);
        var second = await WriteAsync(5);
        await ChangeAsync(_harness.Files()[0], 20, b => (byte)(b ^ 1));

        using var journal = _harness.Open();
        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(first.Concat(second).Order(), stored.Order());
        Assert.Equal(1, _harness.Counted("damaged", "header"));
    }

    [Fact]
    public async Task Segment_Empty_IsNoObstacle()
    {
        var ids = await WriteAsync(5);
        await File.WriteAllBytesAsync(Path.Combine(_harness.Options.Folder, "0", SegmentFormat.FileName(99)), [], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_harness.Options.Folder, "0", "notes.journal"), "notes", TestContext.Current.CancellationToken);

        using var journal = _harness.Open();
        var later = await JournalHarness.AppendAsync(journal, 3);
        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(ids.Concat(later).Order(), stored.Order());
        Assert.Contains(_harness.Told, t => t.Contains("notes.journal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Segment_OfANewerFormat_StaysAndIsNotReadNorWrittenBehind()
    {
        var before = await WriteAsync(4);
        await WriteAsync(4);
        var newer = _harness.Files()[1];
        var header = (await File.ReadAllBytesAsync(newer, TestContext.Current.CancellationToken))[..SegmentFormat.HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), SegmentFormat.Current + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(60), Crc32C.Append(0, header.AsSpan(0, 60)));
        await ChangeAsync(newer, 0, header);
        var content = await File.ReadAllBytesAsync(newer, TestContext.Current.CancellationToken);

        List<Guid> stored, after;
        using (var journal = _harness.Open())
        {
            after = await JournalHarness.AppendAsync(journal, 4);
            stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));
        }

        // What was written before it is stored, what comes now goes into another slot; a newer version finds all of its own.
        Assert.Equal(before.Concat(after).Order(), stored.Order());
        Assert.Equal(content, await File.ReadAllBytesAsync(Assert.Single(_harness.Files()), TestContext.Current.CancellationToken));
        Assert.Equal(1, _harness.Counted("damaged", "newer-format"));
        Assert.Contains(_harness.Told, t => t.Contains(newer, StringComparison.Ordinal) && t.Contains("newer format", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Segment_OfAnotherJournal_IsStoredAsThatOnes()
    {
        var second = await WriteAsync(5);
        var own = _harness.Options.Folder;
        _harness.Options.Folder = own + "-other";
        var first = await WriteAsync(5);
        File.Move(Assert.Single(_harness.Files()), Path.Combine(own, "0", SegmentFormat.FileName(7)));
        _harness.Options.Folder = own;
        var third = await WriteAsync(5);

        using var journal = _harness.Open();
        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(first.Concat(second).Concat(third).Order(), stored.Order());
        Assert.Contains(_harness.Told, t => t.Contains("another journal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_LikeAFrame_IsNeverTakenForOne()
    {
        using (var journal = _harness.Open())
        {
            // A client cannot send the sync bytes in UTF-8, and does not know the journal's id; here both are put into a payload.
            await JournalHarness.AppendAsync(journal, 1, client: new string('x', 200));
            await JournalHarness.AppendAsync(journal, 1);
        }

        var file = Assert.Single(_harness.Files());
        var (offset, length) = JournalHarness.Frames(file)[0];
        var forged = new byte[SegmentFormat.FrameBytes + 60];
        SegmentFormat.CompleteFrame(forged, (byte)JournalRecordKind.Scored, SegmentFormat.Seed(Guid.NewGuid()));
        await ChangeAsync(file, offset + length - 100, forged);

        var (records, damage) = ReadAll(file);
        Assert.Equal(1, records);
        Assert.Equal([(offset, length, false)], damage);
    }

    private async Task<List<Guid>> WriteAsync(int records)
    {
        using var journal = _harness.Open();
        return await JournalHarness.AppendAsync(journal, records);
    }

    private static (int Records, List<(int Offset, int Bytes, bool IsTail)> Damage) ReadAll(string file)
    {
        var damage = new List<(int, int, bool)>();
        using var handle = SegmentScan.Open(file);
        using var reader = new SegmentReader(
            SegmentScan.Describe(file, 1, Guid.Empty, out _), d => damage.Add(((int)d.Offset, (int)d.Bytes, d.IsTail)));
        var batch = new DrainBatch();
        var records = 0;
        while (reader.Read(batch, 1_000))
        {
            records += batch.Frames.Count;
        }

        Assert.True(reader.IsAtEnd);
        return (records, damage);
    }

    private static Task ChangeAsync(string file, int offset, Func<byte, byte> change)
    {
        var content = File.ReadAllBytes(file);
        return ChangeAsync(file, offset, [change(content[offset])]);
    }

    private static async Task ChangeAsync(string file, int offset, byte[] bytes)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.Position = offset;
        await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
    }
}
