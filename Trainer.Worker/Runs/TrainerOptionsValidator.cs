using System.ComponentModel.DataAnnotations;
using Analytics.Registry.Models;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>What the attributes of <see cref="TrainerOptions"/> cannot say: rules between two settings, and inside the samples.</summary>
internal sealed class TrainerOptionsValidator : IValidateOptions<TrainerOptions>
{
    public ValidateOptionsResult Validate(string? name, TrainerOptions options)
    {
        var faults = new List<string>();
        if (options.Heartbeat * 2 > options.Lease)
        {
            faults.Add(
                $"Trainer:Heartbeat ({options.Heartbeat}) must be at most half of Trainer:Lease ({options.Lease}), "
                + "or one late heartbeat loses the run.");
        }

        foreach (var (sample, index) in options.Samples.Select((s, i) => (s, i)))
        {
            var results = new List<ValidationResult>();
            if (!Validator.TryValidateObject(sample, new ValidationContext(sample), results, validateAllProperties: true))
            {
                faults.AddRange(results.Select(r => $"Trainer:Samples:{index}: {r.ErrorMessage}"));
            }
            else if (!RegistryName.IsModel(sample.Model))
            {
                faults.Add($"Trainer:Samples:{index}:Model: {RegistryName.ModelForm(sample.Model)}");
            }
            else if (!RegistryName.IsDataset(sample.Dataset))
            {
                faults.Add($"Trainer:Samples:{index}:Dataset: {RegistryName.DatasetForm(sample.Dataset)}");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
