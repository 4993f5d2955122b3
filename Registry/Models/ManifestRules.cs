namespace Analytics.Registry.Models;

/// <summary>What must hold in a manifest before anybody acts on it.</summary>
public static class ManifestRules
{
    /// <summary>Null for a manifest that can be used as the given model and version, else the sentence that says why not.</summary>
    public static string? FindFault(Manifest manifest, string model, int version)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (manifest.Format is < 1 or > Manifest.CurrentFormat)
        {
            return $"format {manifest.Format} is newer than this program reads (up to {Manifest.CurrentFormat}); update the program.";
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

    private static string? FindFilesFault(IReadOnlyList<ModelFile> files)
    {
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

        if (signature.Inputs.GroupBy(i => i.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return $"the signature has two columns named '{twice.Key}'.";
        }

        return signature.Output.Kind == OutputKind.Classes && signature.Output.Classes is not { Count: >= 2 }
            ? $"the signature's output '{signature.Output.Name}' needs at least two classes."
            : null;
    }
}
