using System.Runtime.InteropServices;

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

    public static float[][] ReadColumns(string stem, int rows, int columns)
    {
        using var file = File.OpenRead(stem + ".x");
        var result = new float[columns][];
        for (var c = 0; c < columns; c++)
        {
            result[c] = new float[rows];
            file.ReadExactly(MemoryMarshal.AsBytes(result[c].AsSpan()));
        }

        return result;
    }

    public static int[] ReadLabels(string stem) => MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(stem + ".y")).ToArray();

    public static float[] ReadProbabilities(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
}
