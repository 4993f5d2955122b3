using System.Collections.Frozen;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>
/// The challengers of this scorer: which are loaded, what each may answer, and what each still has to score. It follows the
/// challengers' catalog; requests read one snapshot. Any number of threads.
/// </summary>
internal sealed class ChallengerRoster : IDisposable
{
    private readonly ServingCatalog _catalog;
    private readonly ShadowServices _services;
    private readonly Lock _lock = new();
    private volatile FrozenDictionary<string, Challenger> _current = FrozenDictionary<string, Challenger>.Empty;

    public ChallengerRoster(
        [FromKeyedServices(AliasName.Challenger)] ServingCatalog catalog, IPredictionJournal journal, InputRecorder recorder,
        ChallengerMetrics metrics, ScorerTelemetry telemetry, IOptions<ChallengerOptions> options, TimeProvider time, ILogger<ChallengerRoster> logger)
    {
        _catalog = catalog;
        _services = new ShadowServices(options.Value, journal, recorder, metrics, telemetry, time, logger);
        catalog.Changed = Update;
        Update(catalog.Current);
    }

    /// <summary>The challengers' versions, as <c>GET /models</c> tells them.</summary>
    public ServingSnapshot Versions => _catalog.Current;

    /// <summary>The model's challenger; null where none is loaded.</summary>
    public Challenger? Find(string model) => _current.TryGetValue(model, out var challenger) ? challenger : null;

    /// <summary>The version that answers the request in place of the champion; null for the champion.</summary>
    public Servable? Choose(HttpRequest request, string model, Servable champion) =>
        Find(model) is { Share: > 0 } challenger
        && request.Headers.TryGetValue(RoutingKey.Header, out var key)
        && challenger.Answers(key.ToString(), champion)
            ? challenger.Servable
            : null;

    /// <summary>Takes rows that were answered, to be scored by the model's challenger; nothing for the challenger's own.</summary>
    public void Offer(Servable answered, RequestWork work, ReadOnlySpan<float> outputs, RequestRecord request)
    {
        if (Find(answered.Model) is { } challenger && challenger.Servable != answered && challenger.Servable.Version != answered.Version)
        {
            challenger.Lane.Offer(answered, work, outputs, request);
        }
    }

    /// <summary>Takes that a challenger could not answer; what answered instead is the caller's.</summary>
    public void Fail(Servable servable, Exception exception)
    {
        if (Find(servable.Model) is { } challenger && challenger.Servable == servable)
        {
            challenger.Lane.Fail(exception);
        }
    }

    public void Dispose()
    {
        _catalog.Changed = null;
        Update(ServingSnapshot.Empty);
    }

    private void Update(ServingSnapshot snapshot)
    {
        lock (_lock)
        {
            var before = _current;
            var after = new Dictionary<string, Challenger>(StringComparer.Ordinal);
            foreach (var model in snapshot.Models.Values)
            {
                if (model is { Champion: { } servable, Setting: { } setting } && Follow(before.GetValueOrDefault(model.Name), servable, setting) is { } challenger)
                {
                    after.Add(model.Name, challenger);
                }
            }

            if (before.Count == 0 && after.Count == 0)
            {
                return;
            }

            _current = after.ToFrozenDictionary(StringComparer.Ordinal);
            foreach (var (model, old) in before)
            {
                if (!after.TryGetValue(model, out var now) || now.Lane != old.Lane)
                {
                    old.Lane.Dispose();
                    ChallengerLog.Ended(_services.Logger, model, old.Servable.Version);
                }
            }
        }
    }

    // The alias set anew: a challenger that was given up has another try, any other goes on with its new share.
    private Challenger? Follow(Challenger? before, Servable servable, AliasSetting setting)
    {
        if (before?.Servable == servable && (before.Setting.Sequence == setting.Sequence || before.Lane.GivenUp is null))
        {
            return before.Setting == setting ? before : Told(new Challenger(setting, before.Lane));
        }

        return servable.TryAcquire() ? Told(new Challenger(setting, new ShadowLane(servable, _services))) : null;
    }

    private Challenger Told(Challenger challenger)
    {
        ChallengerLog.Challenges(_services.Logger, challenger.Servable.Model, challenger.Servable.Version, challenger.Share);
        return challenger;
    }
}
