using Analytics.Registry.Database;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Moves the champion alias to a committed version when its gate said so, and only on the champion that the gate compared it
/// with: a rollback by an operator during the training is not undone.
/// </summary>
internal sealed class ChampionPromotion(ModelRegistry registry, Persistence persistence)
{
    /// <summary>Whether the version is champion by this run, and the verdict as it came out.</summary>
    /// <param name="manifest">The committed version.</param>
    /// <param name="policy">The run's policy; <see cref="PromotePolicy.Force"/> asks nobody.</param>
    /// <param name="champion">The alias as read before the training; null in a later attempt, which no longer has it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(bool Promoted, GateVerdict Verdict)> PromoteAsync(
        Manifest manifest, PromotePolicy policy, AliasRead? champion, CancellationToken cancellationToken)
    {
        var verdict = manifest.Gate ?? new GateVerdict(false, "The version has no gate verdict.");
        if (!verdict.Promote)
        {
            return (false, verdict);
        }

        var setBy = $"run {manifest.RunId}";
        // An earlier attempt may have set the alias, and an operator may have rolled it back since.
        if (champion is null && await WasSetAsync(manifest.Model, setBy, cancellationToken))
        {
            return (true, verdict);
        }

        var current = champion ?? await ReadAsync(manifest.Model, cancellationToken);
        while (policy == PromotePolicy.Force || current.Setting?.Version == verdict.ChampionVersion)
        {
            var decidedOn = current;
            var change = await persistence.CallAsync(
                token => registry.SetAliasAsync(
                    manifest.Model, AliasName.Champion, manifest.Version, setBy, verdict.Reason, decidedOn, token),
                cancellationToken);
            if (change.Changed || change.Setting?.SetBy == setBy || await WasSetAsync(manifest.Model, setBy, cancellationToken))
            {
                // In the last case another worker, who had the run after us, did it, and somebody has set the alias since: a worker
                // that was held up must not take that back.
                return (true, verdict);
            }

            current = await ReadAsync(manifest.Model, cancellationToken);
        }

        return (false, verdict with
        {
            Promote = false,
            Reason = $"The champion changed during the run: the version was compared with {Name(verdict.ChampionVersion)}, and "
                + $"the champion is {Name(current.Setting?.Version)} now. Queue a run again, or set the alias by hand.",
        });
    }

    private async Task<bool> WasSetAsync(string model, string setBy, CancellationToken cancellationToken)
    {
        var history = await persistence.CallAsync(
            token => registry.ListAliasHistoryAsync(model, AliasName.Champion, token), cancellationToken);
        return history.Any(s => s.SetBy == setBy);
    }

    private Task<AliasRead> ReadAsync(string model, CancellationToken cancellationToken) =>
        persistence.CallAsync(token => registry.ReadAliasAsync(model, AliasName.Champion, null, token), cancellationToken);

    private static string Name(int? version) => version is null ? "none" : $"version {version}";
}
