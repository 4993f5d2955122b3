using System.Diagnostics.CodeAnalysis;

namespace Analytics.Registry.Models;

/// <summary>The forms of the names that become part of a store key: models, aliases and data sets.</summary>
public static class RegistryName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 63;

    /// <summary>True for a model or alias name: lower-case letters, digits and <c>-</c>, 1 to 63 characters.</summary>
    public static bool IsModel([NotNullWhen(true)] string? name) => IsName(name, underscore: false);

    /// <summary>True for a data set name: a model name that may also hold <c>_</c>.</summary>
    public static bool IsDataset([NotNullWhen(true)] string? name) => IsName(name, underscore: true);

    /// <summary>Returns <paramref name="name"/>, or throws <see cref="ArgumentException"/> that states the form.</summary>
    public static string RequireModel(string? name) =>
        IsModel(name) ? name : throw new ArgumentException(ModelForm(name), nameof(name));

    /// <summary>Returns <paramref name="name"/>, or throws <see cref="ArgumentException"/> that states the form.</summary>
    public static string RequireDataset(string? name) =>
        IsDataset(name) ? name : throw new ArgumentException(DatasetForm(name), nameof(name));

    /// <summary>The sentence for an operator who gave a model name of another form.</summary>
    public static string ModelForm(string? found) =>
        $"A model name has 1 to {MaxLength} lower-case letters, digits or '-'; found '{found}'.";

    /// <summary>The sentence for an operator who gave a data set name of another form.</summary>
    public static string DatasetForm(string? found) =>
        $"A data set name has 1 to {MaxLength} lower-case letters, digits, '-' or '_'; found '{found}'.";

    // No dots and no slashes: a name can neither leave its folder nor collide with a neighbour's prefix.
    private static bool IsName(string? name, bool underscore)
    {
        if (name is null or { Length: 0 or > MaxLength })
        {
            return false;
        }

        foreach (var c in name)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') && !(underscore && c == '_'))
            {
                return false;
            }
        }

        return true;
    }
}
