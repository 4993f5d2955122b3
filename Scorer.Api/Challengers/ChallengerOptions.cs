using System.ComponentModel.DataAnnotations;
using Analytics.Registry.Models;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>Which models may have a challenger, and what it may take (section <c>Challenger</c>).</summary>
public sealed class ChallengerOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Challenger";

    /// <summary>
    /// Ask for every model's challenger. Default: true, so that setting the alias is all there is to do; it costs a second conditional
    /// read a model and <c>Scorer:PollInterval</c>.
    /// </summary>
    public bool AllModels { get; set; } = true;

    /// <summary>The models whose challenger is asked for, where <see cref="AllModels"/> is false.</summary>
    public IList<string> Models { get; } = [];

    /// <summary>The rows that may wait to be scored by a challenger; more are dropped and counted. Default: 10,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueueRows { get; set; } = 10_000;

    /// <summary>How long a challenger may take to score the rows of a request before it is given up. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan ScoreTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many requests in a row may fail before a challenger is given up. Default: 5.</summary>
    [Range(1, 1_000_000)]
    public int MaxFailures { get; set; } = 5;

    /// <summary>True for a model whose challenger is asked for.</summary>
    internal bool IsEnabled(string model) => AllModels || Models.Contains(model, StringComparer.Ordinal);
}

/// <summary>Checks what the attributes cannot: the names.</summary>
internal sealed class ChallengerOptionsValidator : IValidateOptions<ChallengerOptions>
{
    public ValidateOptionsResult Validate(string? name, ChallengerOptions options)
    {
        var bad = options.Models.Where(m => !RegistryName.IsModel(m)).ToList();
        return bad.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(bad.Select(m => $"Challenger:Models: {RegistryName.ModelForm(m)}"));
    }
}
