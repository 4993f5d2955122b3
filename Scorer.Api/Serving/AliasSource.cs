using System.Collections.Concurrent;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Says which versions are wanted: asks each model's champion alias again and again, an unchanged one at the cost of a 304,
/// and looks up which models there are. Nothing that the store does ends the loop.
/// </summary>
internal sealed class AliasSource(
    ModelRegistry registry, ModelCache cache, ServableManager manager, IOptions<ScorerOptions> options, TimeProvider time,
    ILogger<AliasSource> logger) : BackgroundService
{
    private const int ParallelPolls = 8;

    private readonly ScorerOptions _options = options.Value;
    private readonly ConcurrentDictionary<string, string?> _etags = new(StringComparer.Ordinal);
    private DateTimeOffset _nextDiscovery = DateTimeOffset.MinValue;
    private bool _discoveryFailed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var model in _options.RequiredModels)
        {
            Know(model);
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The loop must outlive anything: without it no new version would ever be served.
            catch (Exception e)
#pragma warning restore CA1031
            {
                ServingLog.PollFailed(logger, e);
            }

            await Task.Delay(_options.PollInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (_options.DiscoverModels && time.GetUtcNow() >= _nextDiscovery)
        {
            await DiscoverAsync(cancellationToken);
        }

        await Parallel.ForEachAsync(
            _etags.Keys,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelPolls, CancellationToken = cancellationToken },
            PollAsync);
    }

    private async ValueTask PollAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            using var bounded = Bounded(cancellationToken);
            var read = await registry.ReadAliasAsync(model, AliasName.Champion, _etags[model], bounded.Token);
            if (read.Status == ReadStatus.NotModified)
            {
                manager.ObserveUnchanged(model);
                return;
            }

            _etags[model] = read.ETag;
            manager.Observe(model, read.Setting);
        }
        catch (Exception e) when (Reason(e, cancellationToken) is { } reason)
        {
            manager.ObserveProblem(model, reason);
        }
    }

    private async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var bounded = Bounded(cancellationToken);
            await foreach (var model in registry.ListModelsAsync(bounded.Token))
            {
                Know(model);
            }

            _discoveryFailed = false;
            _nextDiscovery = time.GetUtcNow() + _options.DiscoverInterval;
        }
        catch (Exception e) when (Reason(e, cancellationToken) is { } reason)
        {
            if (!_discoveryFailed)
            {
                ServingLog.DiscoveryFailed(logger, reason);
                _discoveryFailed = true;
            }

            // Asked again with the next poll; until then the models of an earlier process are better than none.
            foreach (var model in cache.ListModels())
            {
                Know(model);
            }
        }
    }

    private void Know(string model)
    {
        if (_etags.TryAdd(model, null))
        {
            manager.Know(model);
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
