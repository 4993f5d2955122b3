using System.Text.Json;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>What a run's algorithm, parameters and budget ask for: one fit, or a search among these candidates.</summary>
/// <param name="Trainers">The candidates.</param>
/// <param name="Given">The parameters that the run fixed.</param>
/// <param name="Budget">The fits of the search; null: no search.</param>
internal sealed record CandidatePlan(
    IReadOnlyList<ICandidateTrainer> Trainers, IReadOnlyDictionary<string, JsonElement> Given, int? Budget)
{
    /// <summary>The fits of a search where nobody says otherwise.</summary>
    public const int DefaultBudget = 40;

    /// <summary>The most fits that a run may ask for.</summary>
    public const int MostBudget = 10_000;

    /// <summary>Throws <see cref="InvalidInputException"/> for what no candidate can be trained with.</summary>
    public static CandidatePlan Of(string algorithm, IReadOnlyDictionary<string, JsonElement> parameters, int? budget)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (algorithm == CandidateCatalog.Auto)
        {
            // The seed is everybody's: it starts the folds and the search too.
            if (parameters.Keys.FirstOrDefault(p => p != ParameterDefinition.Seed.Name) is { } fixedOne)
            {
                throw new InvalidInputException(
                    $"With algorithm 'auto' the parameters are searched for; '{fixedOne}' belongs to one algorithm: name that one, with a "
                    + "'budget' where its other parameters are to be searched for.");
            }

            foreach (var trainer in CandidateCatalog.All)
            {
                ParameterValues.From(trainer.Name, trainer.Parameters, parameters);
            }

            return new CandidatePlan(CandidateCatalog.All, parameters, budget ?? DefaultBudget);
        }

        var found = CandidateCatalog.Find(algorithm);
        ParameterValues.From(algorithm, found.Parameters, parameters);
        return new CandidatePlan([found], parameters, budget);
    }
}
