using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>The algorithms that a run may name.</summary>
public static class CandidateCatalog
{
    /// <summary>The algorithm of a run that names none.</summary>
    public const string Default = RandomForestTrainer.AlgorithmName;

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<ICandidateTrainer> All =
        [new RandomForestTrainer(), new LightGbmTrainer(), new FastForestTrainer(), new LinearTrainer(), new BaselineTrainer()];

    /// <summary>The name that stands for "try all of them".</summary>
    public const string Auto = "auto";

    /// <summary>The most training rows of the candidates that copy them; our own forest takes all.</summary>
    public const int SampleRows = 500_000;

    /// <summary>The algorithm of the given name. Throws <see cref="InvalidInputException"/> that lists the known ones.</summary>
    public static ICandidateTrainer Find(string name) => All.FirstOrDefault(c => c.Name == name)
        ?? throw new InvalidInputException($"There is no algorithm '{name}'; there are {NameList.Of(All.Select(c => c.Name).Append(Auto))}.");
}
