using System.Text.Json;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>A candidate's parameters, checked and complete.</summary>
public sealed class ParameterValues
{
    private readonly IReadOnlyList<ParameterDefinition> _definitions;
    private readonly Dictionary<string, double> _values;

    private ParameterValues(IReadOnlyList<ParameterDefinition> definitions, Dictionary<string, double> values)
    {
        _definitions = definitions;
        _values = values;
    }

    /// <summary>
    /// The given parameters with the defaults of the others. Throws <see cref="InvalidInputException"/> that lists the allowed
    /// ones when a name is unknown or a value has another type or is out of range.
    /// </summary>
    public static ParameterValues From(
        string algorithm, IReadOnlyList<ParameterDefinition> definitions, IReadOnlyDictionary<string, JsonElement> given)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        ArgumentNullException.ThrowIfNull(given);
        var values = definitions.ToDictionary(d => d.Name, d => d.Default, StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var definition = definitions.FirstOrDefault(d => d.Name == name)
                ?? throw new InvalidInputException(
                    $"The algorithm '{algorithm}' has no parameter '{name}'; it has {string.Join("; ", definitions)}.");
            values[name] = Check(algorithm, definition, value);
        }

        return new ParameterValues(definitions, values);
    }

    /// <summary>The value of a parameter that is a whole number.</summary>
    public int Whole(string name) => (int)_values[name];

    /// <summary>The value of a parameter.</summary>
    public double Number(string name) => _values[name];

    /// <summary>All parameters as a manifest records them.</summary>
    public IReadOnlyDictionary<string, JsonElement> ToJson() => _definitions.ToDictionary(
        d => d.Name,
        d => d.Whole ? JsonSerializer.SerializeToElement((long)_values[d.Name]) : JsonSerializer.SerializeToElement(_values[d.Name]),
        StringComparer.Ordinal);

    private static double Check(string algorithm, ParameterDefinition definition, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            && number >= definition.Minimum && number <= definition.Maximum
            && (!definition.Whole || double.IsInteger(number))
            ? number
            : throw new InvalidInputException(
                $"The parameter '{definition.Name}' of '{algorithm}' is {value.GetRawText()}; expected {definition}.");
}
