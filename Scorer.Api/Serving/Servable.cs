using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;
using Microsoft.Extensions.ObjectPool;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// A loaded version that answers, with everything a request needs worked out beforehand. Immutable; any number of threads.
/// Whoever scores holds a lease (<see cref="TryAcquire"/>, <see cref="Release"/>): the native session is freed when the
/// version is retired and the last lease has ended, never under a request.
/// </summary>
internal sealed class Servable
{
    private readonly DefaultObjectPool<RequestWork> _work;
    private int _leases = 1; // The first lease is the manager's; Retire gives it back.
    private int _retired;
    private Action? _freed;

    public Servable(Manifest manifest, IScorer scorer)
    {
        Manifest = manifest;
        Scorer = scorer;
        Columns = new ColumnTable(manifest.Signature);
        Answer = new AnswerFormat(manifest);
        _work = new DefaultObjectPool<RequestWork>(new RequestWorkPolicy(this), Environment.ProcessorCount * 4);
    }

    public Manifest Manifest { get; }

    /// <summary>What its answers are in the history: one of <see cref="PredictionRole"/>. Set by the manager before anybody asks it.</summary>
    public string Role { get; set; } = PredictionRole.Champion;

    public string Model => Manifest.Model;

    public int Version => Manifest.Version;

    public Signature Signature => Manifest.Signature;

    public IScorer Scorer { get; }

    public ColumnTable Columns { get; }

    public AnswerFormat Answer { get; }

    /// <summary>Takes a lease; false when the version has been freed already, and then the catalog names another one.</summary>
    public bool TryAcquire()
    {
        var leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            var seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (seen == leases)
            {
                return true;
            }

            leases = seen;
        }

        return false;
    }

    /// <summary>Ends a lease.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            Scorer.Dispose();
            _freed?.Invoke();
        }
    }

    /// <summary>
    /// No new requests come: frees the session after the last one under way, and then calls <paramref name="freed"/>, on that
    /// request's thread.
    /// </summary>
    public void Retire(Action? freed = null)
    {
        if (Interlocked.Exchange(ref _retired, 1) == 0)
        {
            _freed = freed;
            Release();
        }
    }

    /// <summary>Buffers for one request of this version; give them back with <see cref="Return"/>.</summary>
    public RequestWork Rent() => _work.Get();

    public void Return(RequestWork work) => _work.Return(work);

    private sealed class RequestWorkPolicy(Servable servable) : PooledObjectPolicy<RequestWork>
    {
        public override RequestWork Create() => new(servable);

        public override bool Return(RequestWork obj) => obj.TryReset();
    }
}
