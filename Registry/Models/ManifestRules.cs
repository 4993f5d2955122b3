namespace Analytics.Registry.Models;

/// <summary>What must hold in a manifest before anybody acts on it.</summary>
public static class ManifestRules
{
    /// <summary>Null for a manifest that can be used as the given model and version, else the sentence that says why not.</summary>
    public static string? FindFault(Manifest manifest, string model, int version)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (FindFormatFault(manifest.Format) is { } format)
        {
            return format;
        }

        if (manifest.Model != model)
        {
            return $"expected a manifest of model '{model}', found one of '{manifest.Model}'.";
        }

        if (manifest.Version != version || version < 1)
        {
            return $"expected version {version}, found {manifest.Version}.";
        }

        return FindFilesFault(manifest.Files) ?? FindSignatureFault(manifest.Signature);
    }

    /// <summary>Null for a format that this program reads, else the sentence that says why not.</summary>
    public static string? FindFormatFault(int format) => format switch
    {
        < 1 => $"expected a format from 1 to {Manifest.CurrentFormat}, found {format}.",
        > Manifest.CurrentFormat =>
            $"format {format} is newer than this program reads (up to {Manifest.CurrentFormat}); update the program.",
        _ => null,
    };

    private static string? FindFilesFault(IReadOnlyList<ModelFile> files)
    {
        // JSON can hold nulls that the compiler does not expect.
        if (files.Any(f => f is null))
        {
            return "the list of files holds a null.";
        }

        if (files.Count(f => f.Role == FileRole.Model) != 1)
        {
            return $"expected one file with the role '{FileRole.Model}', found {files.Count(f => f.Role == FileRole.Model)}.";
        }

        if (files.GroupBy(f => f.Role).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return $"two files have the role '{twice.Key}'.";
        }

        return files.FirstOrDefault(f => f.Size < 0 || f.Sha256.Length != 64
                || f.Sha256.Any(c => c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))) is { } bad
            ? $"the {bad.Role} file needs a size and a SHA-256 of 64 lower-case hexadecimal digits; found {bad.Size} and '{bad.Sha256}'."
            : null;
    }

    private static string? FindSignatureFault(Signature signature)
    {
        if (signature.Inputs.Count == 0)
        {
            return "the signature has no input columns.";
        }

        if (signature.Inputs.Any(i => i is null || i.Name.Length == 0))
        {
            return "the signature has an input column without a name.";
        }

        if (signature.Inputs.GroupBy(i => i.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return $"the signature has two columns named '{twice.Key}'.";
        }

        if (FindPartsFault(signature) is { } parts)
        {
            return parts;
        }

        return signature.Output.Kind == OutputKind.Classes ? FindClassesFault(signature.Output) : null;
    }

    private static string? FindPartsFault(Signature signature)
    {
        foreach (var input in signature.Inputs.Where(i => i.Type.IsDate()))
        {
            if (input.Parts is not { Count: > 0 } parts || parts.Distinct().Count() != parts.Count || parts.Any(p => p is null || DateParts.Find(p) is null))
            {
                return $"the signature's {input.Type} column '{input.Name}' needs 'parts', some of {string.Join(", ", DateParts.Of(ColumnType.Timestamp))}, each once.";
            }
        }

        var inputs = DateParts.GraphOf(signature).Inputs;
        return inputs.GroupBy(i => i.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? $"a column and a date's part are both the graph's input '{twice.Key}'."
            : null;
    }

    private static string? FindClassesFault(SignatureOutput output)
    {
        if (output.Classes is not { Count: >= 2 } classes)
        {
            return $"the signature's output '{output.Name}' needs at least two classes.";
        }

        return classes.Distinct(StringComparer.Ordinal).Count() != classes.Count || classes.Any(c => c is null)
            ? $"the classes of the signature's output '{output.Name}' must differ and not be null."
            : null;
    }
}
