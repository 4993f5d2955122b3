using System.ComponentModel.DataAnnotations;
using Analytics.Registry.Models;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Data;

/// <summary>Data sets that are not in the store (section <c>Datasets</c>), checked at start.</summary>
public sealed class DatasetsOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Datasets";

    /// <summary>Queries by the name of the data set that their result is; read anew by each run.</summary>
    public IDictionary<string, DatasetQueryOptions> Queries { get; } = new Dictionary<string, DatasetQueryOptions>(StringComparer.Ordinal);

    /// <summary>How long a query may take, transfer included. Default 10 minutes; 1 s to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>A query whose result is a data set.</summary>
public sealed class DatasetQueryOptions
{
    /// <summary>PostgreSQL's connection string; the product's own database when empty.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The query; it runs in a read-only transaction.</summary>
    public string Sql { get; set; } = "";
}

/// <summary>What attributes cannot say of the queries.</summary>
internal sealed class DatasetsOptionsValidator : IValidateOptions<DatasetsOptions>
{
    public ValidateOptionsResult Validate(string? name, DatasetsOptions options)
    {
        var faults = new List<string>();
        foreach (var (dataset, query) in options.Queries)
        {
            if (!RegistryName.IsDataset(dataset))
            {
                faults.Add($"{DatasetsOptions.Section}:Queries: {RegistryName.DatasetForm(dataset)}");
            }

            if (string.IsNullOrWhiteSpace(query.Sql))
            {
                faults.Add($"{DatasetsOptions.Section}:Queries:{dataset}:Sql is empty; expected a query.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
