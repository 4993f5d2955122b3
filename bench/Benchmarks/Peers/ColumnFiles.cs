using System.Runtime.InteropServices;
using Analytics.Trainer.Worker.Training.Features;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Benchmarks.Peers;

/// <summary>Rows as all engines read them: <c>stem.x</c> holds float32 column after column, <c>stem.y</c> a class index (int32) a row.</summary>
internal static class ColumnFiles
{
    public static void Write(string stem, IEnumerable<float[]> columns, int[] labels)
    {
        using (var file = File.Create(stem + ".x"))
        {
            foreach (var column in columns)
            {
                file.Write(MemoryMarshal.AsBytes<float>(column));
            }
        }

        File.WriteAllBytes(stem + ".y", MemoryMarshal.AsBytes<int>(labels));
    }

    /// <summary>The columns, each read when it is asked for; <paramref name="file"/> (<c>stem.x</c>) must stay open as long.</summary>
    public static FeatureColumns Columns(SafeFileHandle file, int rows, int columns) => new(
        [.. Enumerable.Range(0, columns).Select(c => $"x{c}")],
        rows,
        [.. Enumerable.Range(0, columns).Select(c => (FeatureFill)(target => Fill(file, (long)c * rows * sizeof(float), MemoryMarshal.AsBytes(target))))]);

    public static int[] ReadLabels(string stem) => MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(stem + ".y")).ToArray();

    public static float[] ReadProbabilities(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();

    private static void Fill(SafeFileHandle file, long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"The file of columns ends at byte {offset}.");
            }

            target = target[read..];
            offset += read;
        }
    }
}
