using System.Diagnostics;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Benchmarks.Peers;

/// <summary>An engine: how its process is started, spoken to, and what features suit it.</summary>
/// <param name="Name">As the results name it.</param>
/// <param name="Style">
/// Numbers with missing values and ordered categories for engines that know them, else one-hot and medians.
/// </param>
/// <param name="Line">A job as its process reads it.</param>
/// <param name="Program">The program and its arguments.</param>
internal sealed record Engine(string Name, FeatureStyle Style, Func<PeerJob, string> Line, params string[] Program)
{
    public static readonly Engine Analytics =
        new("analytics", FeatureStyle.Ordered, j => j.ToJson(), Environment.ProcessPath!, "peer", "analytics");

    // Debian's own Python, which has the Debian package's scikit-learn.
    public static readonly Engine ScikitLearn =
        new("scikit-learn", FeatureStyle.Indicators, j => j.ToJson(), "/usr/bin/python3", BenchFiles.Peer("sklearn_forest.py"));

    public static readonly Engine Ranger =
        new("ranger", FeatureStyle.Indicators, j => j.ToWords(), "/usr/bin/Rscript", BenchFiles.Peer("ranger_forest.R"));

    public static readonly Engine FastForest =
        new("fastforest", FeatureStyle.Indicators, j => j.ToJson(), Environment.ProcessPath!, "peer", "fastforest");

    public PeerProcess Start() => new(this, new ProcessStartInfo(Program[0], Program[1..])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    });
}
