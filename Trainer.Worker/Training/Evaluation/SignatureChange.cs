using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>What in a new signature would break the callers of the old one: a version that changes it is promoted by force only.</summary>
public static class SignatureChange
{
    /// <summary>
    /// The first kind of change, as a sentence's end: a column gone or of another type, a new column that is required, other
    /// classes or another kind of output; null when whoever calls the champion can call the candidate.
    /// </summary>
    public static string? Find(Signature champion, Signature candidate)
    {
        ArgumentNullException.ThrowIfNull(champion);
        ArgumentNullException.ThrowIfNull(candidate);
        var ours = candidate.Inputs.ToDictionary(i => i.Name, StringComparer.Ordinal);
        var theirs = champion.Inputs.ToDictionary(i => i.Name, StringComparer.Ordinal);
        if (champion.Output.Kind != candidate.Output.Kind || champion.Output.Name != candidate.Output.Name)
        {
            return $"it predicts '{candidate.Output.Name}' ({candidate.Output.Kind}), the champion '{champion.Output.Name}' ({champion.Output.Kind})";
        }

        if (champion.Output.Classes is { } classes && !classes.ToHashSet(StringComparer.Ordinal).SetEquals(candidate.Output.Classes!))
        {
            return $"its classes are {NameList.Of(candidate.Output.Classes!)}, the champion's {NameList.Of(classes)}";
        }

        if (champion.Inputs.Where(i => !ours.ContainsKey(i.Name)).Select(i => i.Name).ToList() is { Count: > 0 } gone)
        {
            return $"the champion's {NameList.Of(gone)} are not among its columns";
        }

        if (champion.Inputs.FirstOrDefault(i => ours[i.Name].Type != i.Type) is { } changed)
        {
            return $"'{changed.Name}' is a {ours[changed.Name].Type} column, the champion's a {changed.Type} column";
        }

        return candidate.Inputs.Where(i => i.Required && !theirs.ContainsKey(i.Name)).Select(i => i.Name).ToList() is { Count: > 0 } added
            ? $"it requires {NameList.Of(added)}, which the champion does not have"
            : null;
    }
}
