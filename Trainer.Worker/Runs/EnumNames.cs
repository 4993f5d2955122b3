using System.Diagnostics.CodeAnalysis;
using Analytics.Registry.Database;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>The lower-case names of states and policies, as they stand in the API and in the database.</summary>
[SuppressMessage("Globalization", "CA1308", Justification = "Lower case is the stored form, not a normalisation.")]
internal static class EnumNames
{
    /// <summary>All policies, for messages.</summary>
    public static readonly string Policies = string.Join(", ", Enum.GetValues<PromotePolicy>().Select(Of));

    /// <summary>All states, for messages.</summary>
    public static readonly string States = string.Join(", ", Enum.GetValues<RunState>().Select(Of));

    /// <summary>The name of an enum's value.</summary>
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum => Lower(value.ToString());

    /// <summary>A name in lower case.</summary>
    public static string Lower(string name) => name.ToLowerInvariant();

    /// <summary>The value with exactly this name.</summary>
    public static bool TryParse<TEnum>(string name, out TEnum value)
        where TEnum : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<TEnum>())
        {
            if (Of(candidate) == name)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }
}
