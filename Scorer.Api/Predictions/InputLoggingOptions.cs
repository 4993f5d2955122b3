using Analytics.Registry.Models;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>What the history keeps of the inputs (section <c>History</c>).</summary>
public sealed class InputLoggingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "History";

    /// <summary>What is kept of every model's inputs. Default: <see cref="InputLogging.Logged"/>.</summary>
    public InputLogging Inputs { get; set; } = InputLogging.Logged;

    /// <summary>What is kept of one model's inputs, by the model's name; wins over <see cref="Inputs"/>.</summary>
    public IDictionary<string, InputLogging> InputsByModel { get; } = new Dictionary<string, InputLogging>(StringComparer.Ordinal);

    /// <summary>The secret of <see cref="InputLogging.Hashed"/>: at least 32 characters, the same in every scorer.</summary>
    public string? HashKey { get; set; }
}

/// <summary>What the history keeps of a model's inputs.</summary>
public enum InputLogging
{
    /// <summary>The values.</summary>
    Logged,

    /// <summary>A keyed hash of each value.</summary>
    Hashed,

    /// <summary>Nothing.</summary>
    Omitted,
}

/// <summary>Checks what attributes cannot: names, and a key where it is needed.</summary>
internal sealed class InputLoggingOptionsValidator : IValidateOptions<InputLoggingOptions>
{
    private const int ShortestKey = 32;

    public ValidateOptionsResult Validate(string? name, InputLoggingOptions options)
    {
        var faults = options.InputsByModel.Keys.Where(m => !RegistryName.IsModel(m))
            .Select(m => $"History:InputsByModel: {RegistryName.ModelForm(m)}").ToList();
        if (!Enum.IsDefined(options.Inputs) || options.InputsByModel.Values.Any(v => !Enum.IsDefined(v)))
        {
            faults.Add("History:Inputs and History:InputsByModel: expected Logged, Hashed or Omitted.");
        }

        if ((options.HashKey?.Length ?? 0) < ShortestKey && (options.Inputs == InputLogging.Hashed || options.InputsByModel.Values.Contains(InputLogging.Hashed)))
        {
            faults.Add(
                $"History:HashKey: inputs are to be hashed, which needs a secret of at least {ShortestKey} characters; found "
                + $"{(string.IsNullOrEmpty(options.HashKey) ? "none" : $"{options.HashKey.Length} characters")}. Without a key a hash protects nothing: whoever "
                + "reads the history tries every age, code or category and compares. Make one with openssl rand -hex 32, and set History__HashKey.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

/// <summary>Adds the options and what follows them.</summary>
internal static class InputLoggingServices
{
    public static IServiceCollection AddInputRecorder(this IServiceCollection services)
    {
        services.AddOptions<InputLoggingOptions>().BindConfiguration(InputLoggingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InputLoggingOptions>, InputLoggingOptionsValidator>();
        return services.AddSingleton<InputRecorder>();
    }
}
