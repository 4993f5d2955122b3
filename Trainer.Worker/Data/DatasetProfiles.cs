using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Data;

/// <summary>The profiles of data sets: made when first asked for, kept beside the data, made anew when data or schema change.</summary>
internal sealed class DatasetProfiles(DatasetStore datasets, DatasetInspection inspection, IOptions<TrainerOptions> options)
{
    /// <summary>What the data holds, or why it cannot be read.</summary>
    public async Task<Inspection> OfAsync(
        string name, IReadOnlyList<StoreEntry> files, DatasetSchema schema, CancellationToken cancellationToken)
    {
        var of = Fingerprint(files, schema);
        if (await datasets.ReadProfileAsync(name, cancellationToken) is { } stored && stored.Of == of)
        {
            return stored.Inspection;
        }

        Inspection found;
        try
        {
            found = await inspection.InspectAsync(
                folder => datasets.FetchAsync(name, files, folder, options.Value.MaxDatasetBytes, cancellationToken), schema, cancellationToken);
        }
        catch (InvalidInputException e)
        {
            return new Inspection { Error = e.Message };
        }

        await datasets.PutProfileAsync(name, new StoredProfile(of, found), cancellationToken);
        return found;
    }

    private static string Fingerprint(IReadOnlyList<StoreEntry> files, DatasetSchema schema)
    {
        var text = new StringBuilder(JsonSerializer.Serialize(schema, JsonSerializerOptions.Web));
        foreach (var file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{file.Key}\n{file.Size}\n{file.LastModified.UtcTicks}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
