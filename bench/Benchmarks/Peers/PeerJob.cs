using System.Globalization;
using System.Text.Json;

namespace Analytics.Benchmarks.Peers;

/// <summary>One fit for an engine's process; see <c>bench/peers/sklearn_forest.py</c> for the protocol.</summary>
internal sealed record PeerJob
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The stem of the training rows' files, see <see cref="ColumnFiles"/>.</summary>
    public required string Train { get; init; }

    /// <summary>The stem of the test rows' files.</summary>
    public required string Test { get; init; }

    public required int Rows { get; init; }

    public required int TestRows { get; init; }

    public required int Columns { get; init; }

    public required int Classes { get; init; }

    public required int Trees { get; init; }

    /// <summary>0: no bound.</summary>
    public int MaxDepth { get; init; }

    public required int Seed { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Where the test rows' probabilities go: float32, row after row.</summary>
    public required string Output { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>As <c>key=value</c> words, for R, which reads no JSON by itself.</summary>
    public string ToWords() => string.Create(
        CultureInfo.InvariantCulture,
        $"train={Train} test={Test} rows={Rows} testRows={TestRows} columns={Columns} classes={Classes} trees={Trees} maxDepth={MaxDepth} seed={Seed} threads={Threads} output={Output}");
}

/// <summary>What the engine's process answers.</summary>
/// <param name="Seconds">The fit alone.</param>
/// <param name="PeakMb">The process's high-water mark after it.</param>
internal sealed record PeerAnswer(double Seconds, double PeakMb);
