using System.Text.Json;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>
/// Draws a candidate's parameters: first its defaults, then the best so far with about half of the parameters drawn anew. Never
/// the same twice; the same seed gives the same draws for the same scores.
/// </summary>
internal sealed class ParameterDraws
{
    // A small space is soon used up: then draws repeat themselves.
    private const int MostAttempts = 100;
    private readonly IReadOnlyDictionary<string, JsonElement> _given;
    private readonly KeyValuePair<string, double[]>[] _space;
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private ForestRandom _random;

    public ParameterDraws(
        ICandidateTrainer trainer, IReadOnlyDictionary<string, JsonElement> given, int features, bool number, int seed, int stream)
    {
        Trainer = trainer;
        _given = given;
        _space = [.. trainer.SearchValues(features, number).Where(p => !given.ContainsKey(p.Key)).OrderBy(p => p.Key, StringComparer.Ordinal)];
        _random = new ForestRandom((ulong)seed, 0x5EA7C4UL + (ulong)stream);
    }

    public ICandidateTrainer Trainer { get; }

    /// <summary>The parameters to try next, given the best so far (null: none was tried); null when there is nothing left.</summary>
    public ParameterValues? Next(IReadOnlyDictionary<string, JsonElement>? best)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var chosen = new Dictionary<string, JsonElement>(best ?? _given, StringComparer.Ordinal);
            for (var p = 0; best is not null && p < _space.Length; p++)
            {
                if (_random.Next(2) == 0)
                {
                    var values = _space[p].Value;
                    chosen[_space[p].Key] = JsonSerializer.SerializeToElement(values[_random.Next(values.Length)]);
                }
            }

            var parameters = ParameterValues.From(Trainer.Name, Trainer.Parameters, chosen);
            if (_tried.Add(JsonSerializer.Serialize(parameters.ToJson())))
            {
                return parameters;
            }
        }

        return null;
    }
}
