using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Challengers;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Says which versions are wanted: asks each model's aliases, the challenger where it is enabled, again and again, an unchanged one at the cost of a 304,
/// and looks up which models there are. Each model is asked on its own, so one that is slow to answer delays no other.
/// Nothing that the store does ends the loops.
/// </summary>
internal sealed class AliasSource(
    ModelRegistry registry, ModelCache cache, ServableManager champions, [FromKeyedServices(AliasName.Challenger)] ServableManager challengers,
    IOptions<ScorerOptions> options, IOptions<ChallengerOptions> challengerOptions, TimeProvider time, ILogger<AliasSource> logger) : BackgroundService
{
    private const int ParallelPolls = 8;

    // The share of the interval at which the n-th model is asked: multiples of the golden ratio spread evenly however many there are.
    private const double Spread = 0.6180339887498949;

    /// <summary>How long an unanswered poll keeps one of the few turns, and how long a model without a version waits for the store.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly ScorerOptions _options = options.Value;
    private readonly Dictionary<string, Task> _loops = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turns = new(ParallelPolls);
    private bool _discoveryFailed;

    public override void Dispose()
    {
        _turns.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var model in _options.RequiredModels)
        {
            Know(model, stoppingToken);
        }

        if (_options.DiscoverModels)
        {
            KnowCached(stoppingToken);
            await RepeatAsync(DiscoverAsync, stoppingToken);
        }

        await Task.WhenAll(_loops.Values);
    }

    private void Know(string model, CancellationToken stopping)
    {
        if (_loops.ContainsKey(model))
        {
            return;
        }

        var phase = _loops.Count * Spread % 1 * _options.PollInterval;
        var loop = FollowAsync(champions, model, AliasName.Champion, phase, stopping);
        _loops.Add(
            model,
            challengerOptions.Value.IsEnabled(model)
                ? Task.WhenAll(loop, FollowAsync(challengers, model, AliasName.Challenger, phase, stopping))
                : loop);
    }

    private Task FollowAsync(ServableManager manager, string model, string alias, TimeSpan phase, CancellationToken stopping)
    {
        manager.Know(model);
        string? etag = null;
        var first = true;
        return RepeatAsync(
            async token =>
            {
                // At a start nobody waits for a challenger: its first turn comes after the champions'.
                if (!first || alias == AliasName.Champion)
                {
                    etag = await PollAsync(manager, model, alias, etag, token);
                }

                // Asked at once for the first time, then each model at a moment of its own: no burst every interval.
                var pause = first ? phase : _options.PollInterval;
                first = false;
                return pause;
            },
            stopping);
    }

    /// <summary>Does something, pauses for as long as it says, and does it again.</summary>
    private async Task RepeatAsync(Func<CancellationToken, Task<TimeSpan>> act, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var pause = _options.PollInterval;
            try
            {
                pause = await act(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The loop must outlive anything: without it no new version would ever be served.
            catch (Exception e)
#pragma warning restore CA1031
            {
                ServingLog.PollFailed(logger, e);
            }

            await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> PollAsync(ServableManager manager, string model, string alias, string? etag, CancellationToken stopping)
    {
        try
        {
            using var bounded = Bounded(stopping);
            var read = await InTurnAsync(
                manager, model, () => registry.ReadAliasAsync(model, alias, etag, bounded.Token), stopping);
            if (read.Status == ReadStatus.NotModified)
            {
                manager.ObserveUnchanged(model);
                return etag;
            }

            manager.Observe(model, read.Setting);
            return read.ETag;
        }
        catch (Exception e) when (Reason(e, stopping) is { } reason)
        {
            manager.ObserveProblem(model, reason);
            return etag;
        }
    }

    // Few polls at once, but one that gets no answer gives its turn to the next.
    private async Task<AliasRead> InTurnAsync(ServableManager manager, string model, Func<Task<AliasRead>> ask, CancellationToken stopping)
    {
        await _turns.WaitAsync(stopping);
        Task<AliasRead> asking;
        bool answered;
        try
        {
            asking = ask();
            answered = asking.IsCompleted || await AnswersInTimeAsync(asking, stopping);
        }
        finally
        {
            _turns.Release();
        }

        if (!answered)
        {
            manager.ObserveSilence(model, $"{registry.Store.Location} has not answered yet, after {Patience.TotalSeconds} s.");
        }

        return await asking;
    }

    private async Task<bool> AnswersInTimeAsync(Task asking, CancellationToken stopping)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var first = await Task.WhenAny(asking, Task.Delay(Patience, time, answered.Token));
        await answered.CancelAsync();
        return first == asking;
    }

    private async Task<TimeSpan> DiscoverAsync(CancellationToken stopping)
    {
        try
        {
            using var bounded = Bounded(stopping);
            await foreach (var model in registry.ListModelsAsync(bounded.Token))
            {
                Know(model, stopping);
            }

            _discoveryFailed = false;
            return _options.DiscoverInterval;
        }
        catch (Exception e) when (Reason(e, stopping) is { } reason)
        {
            if (!_discoveryFailed)
            {
                ServingLog.DiscoveryFailed(logger, reason);
                _discoveryFailed = true;
            }

            return _options.PollInterval;
        }
    }

    // The models of an earlier process: while the store cannot list them, they are better than none.
    private void KnowCached(CancellationToken stopping)
    {
        try
        {
            foreach (var model in cache.ListModels().Where(m => cache.Find(m) is not null))
            {
                Know(model, stopping);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ServingLog.CacheFailed(logger, e);
        }
    }

    private CancellationTokenSource Bounded(CancellationToken cancellationToken)
    {
        var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(_options.PollTimeout);
        return bounded;
    }

    // Null when the service is being stopped: that is no fault of the store.
    private string? Reason(Exception e, CancellationToken stopping) =>
        stopping.IsCancellationRequested ? null
        : e is OperationCanceledException ? $"{registry.Store.Location} did not answer within Scorer:PollTimeout ({_options.PollTimeout})."
        : e.Message;
}
