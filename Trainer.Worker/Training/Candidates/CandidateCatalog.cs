using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>The algorithms that a run may name.</summary>
public static class CandidateCatalog
{
    /// <summary>The algorithm of a run that names none.</summary>
    public const string Default = RandomForestTrainer.AlgorithmName;

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<ICandidateTrainer> All = [new RandomForestTrainer(), new LightGbmTrainer(), new FastForestTrainer()];

    /// <summary>The algorithm of the given name. Throws <see cref="InvalidInputException"/> that lists the known ones.</summary>
    public static ICandidateTrainer Find(string name) => All.FirstOrDefault(c => c.Name == name)
        ?? throw new InvalidInputException($"There is no algorithm '{name}'; there are {NameList.Of(All.Select(c => c.Name))}.");
}
