using System.Globalization;
using System.Text;

namespace Analytics.Trainer.Worker.Tests.Training;

/// <summary>Small CSV data that a tree can learn.</summary>
internal static class SyntheticData
{
    /// <summary>Columns x, z (number) and y: class k of <paramref name="classes"/> has x around 10 k.</summary>
    public static string Csv(int rows, params string[] classes)
    {
        var csv = new StringBuilder("x,z,y\n");
        for (var i = 0; i < rows; i++)
        {
            var k = i % classes.Length;
            csv.Append(CultureInfo.InvariantCulture, $"{(10 * k) + (i * 7919 % 50 / 10.0)},{i * 104729 % 1000 / 7.0},{classes[k]}\n");
        }

        return csv.ToString();
    }
}
