using System.Buffers.Text;
using System.Text;

namespace Analytics.Benchmarks.LargeFile;

/// <summary>
/// A CSV file of a given size, the same for the same size: 24 numbers with a fraction, 6 whole ones, 4 categories, an id, a comment
/// and a label of three classes that depends on some of them. A fiftieth of the cells is missing.
/// </summary>
internal static class GeneratedCsv
{
    public const string Label = "outcome";
    public const int Fractions = 24;
    public const int Wholes = 6;
    public const int Categories = 4;
    private const int BlockRows = 20_000;
    private const int LongestRow = 1024;
    private const int Missing = 50;
    private static readonly string[] Words = ["late", "paid", "damaged", "returned", "gift", "first order", "asked twice", "no answer"];

    /// <summary>The columns, label included.</summary>
    public const int Columns = Fractions + Wholes + Categories + 3;

    /// <summary>Writes at least the given number of bytes and returns the rows.</summary>
    public static async Task<long> WriteAsync(string path, long bytes, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await file.WriteAsync(Encoding.UTF8.GetBytes(Header()), cancellationToken);
        var blocks = 0;
        // The next blocks are made while this one is written.
        var making = new Queue<Task<ReadOnlyMemory<byte>>>();
        for (var next = 0; next < Environment.ProcessorCount; next++)
        {
            making.Enqueue(MakeAsync(next));
        }

        while (file.Length < bytes)
        {
            var block = await making.Dequeue();
            making.Enqueue(MakeAsync(blocks + Environment.ProcessorCount));
            await file.WriteAsync(block, cancellationToken);
            blocks++;
        }

        await Task.WhenAll(making);
        return (long)blocks * BlockRows;
    }

    private static Task<ReadOnlyMemory<byte>> MakeAsync(int block) => Task.Run(() => Block(block));

    private static string Header() => string.Join(
        ',',
        Enumerable.Range(1, Fractions).Select(i => $"measure_{i}")
            .Concat(Enumerable.Range(1, Wholes).Select(i => $"count_{i}"))
            .Concat(Enumerable.Range(1, Categories).Select(i => $"kind_{i}"))
            .Concat(["order_id", "comment", Label])) + "\n";

    private static ReadOnlyMemory<byte> Block(int block)
    {
        var random = new Random(block);
        var buffer = new byte[BlockRows * LongestRow];
        var at = 0;
        for (var row = 0; row < BlockRows; row++)
        {
            var score = 0.0;
            for (var i = 0; i < Fractions; i++)
            {
                var value = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * (i + 1);
                score += i < 6 ? value / (i + 1) : 0;
                at = Cell(random, buffer, at, Math.Round(value, 9));
            }

            for (var i = 0; i < Wholes; i++)
            {
                at = Cell(random, buffer, at, random.Next(10 * (i + 1) * (i + 1)));
            }

            for (var i = 0; i < Categories; i++)
            {
                var kind = random.Next(4 << (i * 2));
                score += i == 0 ? kind / 4.0 : 0;
                at = Text(buffer, at, $"kind {kind}");
            }

            at = Text(buffer, at, $"N{(((long)block * BlockRows) + row) * 7919 % 1_000_000_007:X8}");
            at = Text(buffer, at, $"\"{Words[random.Next(8)]}, {Words[random.Next(8)]}, {random.Next(1_000_000)}\"");
            // A tenth of the labels says nothing.
            score = random.Next(10) == 0 ? random.NextDouble() * 2 : score;
            at = Text(buffer, at, score < 0.1 ? "low" : score < 0.8 ? "middle" : "high");
            buffer[at - 1] = (byte)'\n';
        }

        return buffer.AsMemory(0, at);
    }

    private static int Cell(Random random, byte[] buffer, int at, double value)
    {
        if (random.Next(Missing) != 0)
        {
            Utf8Formatter.TryFormat(value, buffer.AsSpan(at), out var written);
            at += written;
        }

        buffer[at] = (byte)',';
        return at + 1;
    }

    private static int Text(byte[] buffer, int at, string text)
    {
        at += Encoding.UTF8.GetBytes(text, buffer.AsSpan(at));
        buffer[at] = (byte)',';
        return at + 1;
    }
}
