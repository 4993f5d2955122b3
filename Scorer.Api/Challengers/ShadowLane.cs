using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>
/// Scores a challenger's rows, one request after the other, on a thread of its own: native code that hangs hangs here, and
/// nothing else waits for it. What does not fit the queue is dropped and counted. It holds the version until its thread has
/// ended, so a version whose call never returns stays in memory: freeing it under the call would end the process.
/// </summary>
internal sealed class ShadowLane : IDisposable
{
    private readonly Servable _servable;
    private readonly ShadowServices _services;
    private readonly ITimer _watch;
    private readonly object _gate = new();
    private readonly Queue<ShadowRequest> _waiting = [];
    private volatile RowMapping? _mapping;
    private volatile string? _givenUp;
    private volatile string? _lastFailure;
    private bool _isStopped;
    private int _rows;
    private int _failures;
    private long _scoringSince; // 0: not at it.
    private int _scoringRows;

    /// <summary>Starts; the caller has taken a lease on the version, which the lane gives back.</summary>
    public ShadowLane(Servable servable, ShadowServices services)
    {
        _servable = servable;
        _services = services;
        var look = services.Options.ScoreTimeout / 4;
        _watch = services.Time.CreateTimer(_ => Watch(), null, look, look);
        new Thread(Run) { Name = $"challenger {servable.Model} {servable.Version}", IsBackground = true }.Start();
    }

    public Servable Servable => _servable;

    /// <summary>Why it scores no more; null while it does.</summary>
    public string? GivenUp => _givenUp;

    /// <summary>What the operator should know.</summary>
    public string? Problem =>
        _givenUp ?? (_mapping?.Fault is { } fault ? $"Its requests cannot be scored: {fault}." : _lastFailure);

    /// <summary>The rows that wait, or are being scored.</summary>
    public int Backlog => Volatile.Read(ref _rows);

    /// <summary>How rows read for another version become this one's.</summary>
    public RowMapping MappingFrom(Signature signature)
    {
        // Worked out once for each champion.
        var mapping = _mapping;
        if (mapping?.From != signature)
        {
            _mapping = mapping = new RowMapping(signature, _servable.Signature);
        }

        return mapping;
    }

    /// <summary>Takes rows that were answered. It copies them and never waits.</summary>
    public void Offer(Servable answered, RequestWork work, ReadOnlySpan<float> outputs, RequestRecord request)
    {
        var count = work.Batch.Count;
        if (count == 0 || _givenUp is not null)
        {
            return;
        }

        var mapping = MappingFrom(answered.Signature);
        if (mapping.Fault is not null)
        {
            Drop(count, "unsuitable");
            return;
        }

        if (Interlocked.Add(ref _rows, count) > _services.Options.MaxQueueRows)
        {
            Interlocked.Add(ref _rows, -count);
            Drop(count, "full");
            return;
        }

        var own = _servable.Rent();
        if (!mapping.TryCopy(work.Batch, own.Batch))
        {
            _servable.Return(own);
            Interlocked.Add(ref _rows, -count);
            Drop(count, "unsuitable");
            return;
        }

        Add(new ShadowRequest(own, request, work.FirstRow, answered.Answer, Answers(answered.Answer, outputs, count)));
    }

    /// <summary>Takes that an answer of this version failed: of a canary, before anybody was answered.</summary>
    public void Fail(Exception exception)
    {
        var failures = Interlocked.Increment(ref _failures);
        _lastFailure = $"The latest failure: {exception.GetType().Name}: {FoundText.Show(exception.Message)}";
        if (_givenUp is null)
        {
            ChallengerLog.Failed(_services.Logger, exception, _servable.Model, _servable.Version, failures);
        }

        if (failures >= _services.Options.MaxFailures)
        {
            GiveUp($"Given up after {failures} failures in a row. {_lastFailure}");
        }
    }

    /// <summary>Ends it: what waits is dropped, and the thread ends after what it is at.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        Stop("ended");
    }

    private void Run()
    {
        while (Take() is { } request)
        {
            var count = request.Work.Batch.Count;
            try
            {
                Score(request);
            }
#pragma warning disable CA1031 // Whatever a challenger does, it is recorded, and changes no answer.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Drop(count, "failed");
                Fail(e);
            }
            finally
            {
                Volatile.Write(ref _scoringSince, 0);
                Interlocked.Add(ref _rows, -count);
            }
        }

        _servable.Release();
    }

    private void Score(ShadowRequest request)
    {
        var work = request.Work;
        var outputs = work.Outputs(_servable.Scorer.OutputWidth);
        Volatile.Write(ref _scoringRows, work.Batch.Count);
        Volatile.Write(ref _scoringSince, _services.Time.GetTimestamp());
        _servable.Scorer.Score(work.Batch, outputs);
        var scored = Interlocked.Exchange(ref _scoringSince, 0);
        _services.Telemetry.Scored(_servable.Model, _servable.Version, PredictionRole.Shadow, _services.Time.GetElapsedTime(scored));
        Volatile.Write(ref _failures, 0);
        var rows = new ScoredRows(
            _servable.Manifest, _servable.Answer, _services.Recorder, work.Batch, outputs, request.Request.Time)
        {
            Role = PredictionRole.Shadow,
        };
        // The thread is this challenger's own: nobody else waits with it.
        if (!_services.Journal.AppendAsync(JournalRecord.Shadow(request.Request, rows, request.FirstRow)).AsTask().GetAwaiter().GetResult())
        {
            Drop(rows.Count, "journal");
        }

        Compare(request, outputs);
        _servable.Return(work);
    }

    private void Compare(ShadowRequest request, ReadOnlySpan<float> outputs)
    {
        var own = _servable.Answer;
        var width = outputs.Length / request.Answers.Length;
        var agreeing = 0;
        for (var row = 0; row < request.Answers.Length; row++)
        {
            if (own.Classes is null)
            {
                _services.Metrics.Compared(_servable, Math.Abs((double)outputs[row] - request.Answers[row]));
                continue;
            }

            var best = ClassIndex.Best(outputs.Slice(row * width, width));
            var answered = (int)request.Answers[row];
            var label = answered < 0 ? null : request.Answered.Classes?[answered];
            agreeing += label == (best < 0 ? null : own.Classes[best]) ? 1 : 0;
        }

        if (own.Classes is not null)
        {
            _services.Metrics.Compared(_servable, agrees: true, agreeing);
            _services.Metrics.Compared(_servable, agrees: false, request.Answers.Length - agreeing);
        }
    }

    private static float[] Answers(AnswerFormat format, ReadOnlySpan<float> outputs, int count)
    {
        var answers = new float[count];
        var width = outputs.Length / count;
        for (var row = 0; row < count; row++)
        {
            answers[row] = format.Classes is null ? outputs[row] : ClassIndex.Best(outputs.Slice(row * width, width));
        }

        return answers;
    }

    private void Add(ShadowRequest request)
    {
        lock (_gate)
        {
            if (!_isStopped)
            {
                _waiting.Enqueue(request);
                Monitor.Pulse(_gate);
                return;
            }
        }

        Interlocked.Add(ref _rows, -request.Work.Batch.Count);
        Drop(request.Work.Batch.Count, "ended");
    }

    private ShadowRequest? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isStopped)
            {
                Monitor.Wait(_gate);
            }

            return _isStopped ? null : _waiting.Dequeue();
        }
    }

    private void Watch()
    {
        var since = Volatile.Read(ref _scoringSince);
        if (since != 0 && _services.Time.GetElapsedTime(since) > _services.Options.ScoreTimeout)
        {
            var rows = Volatile.Read(ref _scoringRows);
            GiveUp($"Given up: {rows} {(rows == 1 ? "row" : "rows")} took longer than Challenger:ScoreTimeout ({_services.Options.ScoreTimeout}).");
        }
    }

    private void GiveUp(string reason)
    {
        if (Interlocked.CompareExchange(ref _givenUp, reason, null) is null)
        {
            ChallengerLog.GivenUp(_services.Logger, _servable.Model, _servable.Version, reason);
            _watch.Dispose();
            Stop("given-up");
        }
    }

    private void Stop(string reason)
    {
        int left;
        lock (_gate)
        {
            _isStopped = true;
            left = _waiting.Sum(w => w.Work.Batch.Count);
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        Interlocked.Add(ref _rows, -left);
        if (left > 0)
        {
            Drop(left, reason);
        }
    }

    private void Drop(int rows, string reason) => _services.Metrics.Dropped(_servable, rows, reason);
}

/// <summary>What every lane needs.</summary>
internal sealed record ShadowServices(
    ChallengerOptions Options, IPredictionJournal Journal, InputRecorder Recorder, ChallengerMetrics Metrics, ScorerTelemetry Telemetry, TimeProvider Time,
    ILogger Logger);
