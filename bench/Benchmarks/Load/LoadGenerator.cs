using System.Diagnostics;
using System.Text;

namespace Analytics.Benchmarks.Load;

/// <summary>
/// Sends a plan's requests from one thread over kept-alive connections and writes down every answer. A server that is killed
/// costs the requests under way, which are counted as broken; the connections come back with it, and an answer that was sent
/// before its end is kept.
/// </summary>
internal sealed class LoadGenerator
{
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(10);

    private readonly LoadPlan _plan;
    private readonly LoadConnection[] _connections;
    private readonly Polling.Entry[] _polls;
    private readonly Queue<LoadConnection> _idle = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sent;
    private uint _nextConnect;
    private volatile bool _stopping;

    private LoadGenerator(LoadPlan plan)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plan.Requests.Count, ushort.MaxValue + 1);
        _plan = plan;
        _connections = [.. Enumerable.Range(0, plan.Connections).Select(_ => new LoadConnection(plan.Server))];
        _polls = new Polling.Entry[_connections.Length];
    }

    /// <summary>What has been answered so far.</summary>
    public LoadLog Log { get; } = new();

    /// <summary>Starts sending.</summary>
    public static LoadGenerator Start(LoadPlan plan)
    {
        var generator = new LoadGenerator(plan);
        new Thread(generator.Run) { Name = "load", IsBackground = true }.Start();
        return generator;
    }

    /// <summary>Sends for a time.</summary>
    public static async Task<LoadLog> RunAsync(LoadPlan plan, TimeSpan time, CancellationToken cancellationToken)
    {
        var generator = Start(plan);
        try
        {
            await Task.WhenAny(generator._ended.Task, Task.Delay(time, cancellationToken));
        }
        finally
        {
            await generator.StopAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return generator.Log;
    }

    /// <summary>Sends no more, waits for the answers under way and returns the log.</summary>
    public async Task<LoadLog> StopAsync()
    {
        _stopping = true;
        await _ended.Task;
        return Log;
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                Connect();
                SendWhatIsDue();
                WaitAndReceive();
            }

            var stopped = Stopwatch.GetTimestamp();
            while (_connections.Any(c => c.IsBusy) && Stopwatch.GetElapsedTime(stopped) < LastAnswers)
            {
                WaitAndReceive();
            }

            foreach (var connection in _connections)
            {
                End(connection);
            }

            _ended.SetResult();
        }
#pragma warning disable CA1031 // Handed to whoever waits for the end.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ended.SetException(e);
        }
    }

    private uint Now => Log.Microseconds(Stopwatch.GetTimestamp());

    private void Connect()
    {
        if (Now < _nextConnect)
        {
            return;
        }

        foreach (var connection in _connections)
        {
            if (connection.IsOpen)
            {
                continue;
            }

            if (!connection.TryOpen())
            {
                Log.AddRefusedConnection();
                _nextConnect = Now + (uint)ReconnectPause.TotalMicroseconds;
                return;
            }

            _idle.Enqueue(connection);
        }
    }

    private void SendWhatIsDue()
    {
        var now = Now;
        while (_idle.Count > 0 && Due(now) is { } due && due <= now)
        {
            var connection = _idle.Dequeue();
            var request = (int)(_sent++ % _plan.Requests.Count);
            now = Now;
            if (!connection.Send(_plan.Requests[request], request, due, now))
            {
                End(connection);
            }
        }
    }

    private uint? Due(uint now) => _plan.Rate is { } rate ? (uint)(_sent * 1e6 / rate) : now;

    private void WaitAndReceive()
    {
        for (var i = 0; i < _connections.Length; i++)
        {
            _polls[i] = _connections[i].Poll;
        }

        Polling.Wait(_polls, TimeToWait());
        for (var i = 0; i < _connections.Length; i++)
        {
            if (_polls[i].IsReady)
            {
                Receive(_connections[i]);
            }
        }
    }

    // Until the next request is due, where a connection is free for it.
    private TimeSpan TimeToWait()
    {
        if (_idle.Count == 0 || _stopping)
        {
            return LongestWait;
        }

        var now = Now;
        var left = TimeSpan.FromMicroseconds(Math.Max(0, (double)Due(now)! - now));
        return left < LongestWait ? left : LongestWait;
    }

    private void Receive(LoadConnection connection)
    {
        var open = connection.Receive();
        if (connection.TryTake(out var answer, out var body))
        {
            Record(connection, answer, body);
            open &= !answer.Close;
            if (open)
            {
                _idle.Enqueue(connection);
            }
        }

        if (!open)
        {
            End(connection);
        }
    }

    private void Record(LoadConnection connection, HttpAnswer answer, ReadOnlySpan<byte> body)
    {
        var end = Now;
        var (request, due, sent) = connection.UnderWay;
        var scored = answer.Status == 200 ? ScoredAnswer.Read(body) : default;
        var content = _plan.KeepContents ? scored.Hash() : 0;
        if (answer.Status != 200)
        {
            Log.KeepRefusal(answer.Status, Encoding.UTF8.GetString(body));
        }
        else if (_plan.KeepContents && !Log.Contents.ContainsKey((request, scored.Version, content)))
        {
            Log.Contents.Add((request, scored.Version, content), scored.Content.ToArray());
        }

        Log.Add(new LoadAnswer(due, sent, end, (ushort)request, (ushort)answer.Status, scored.Version, content, scored.Id));
    }

    private void End(LoadConnection connection)
    {
        if (connection.IsBusy)
        {
            Log.AddBroken();
        }
        else
        {
            // It is among the idle ones, unless its last answer has only just been taken.
            for (var left = _idle.Count; left > 0; left--)
            {
                var idle = _idle.Dequeue();
                if (idle != connection)
                {
                    _idle.Enqueue(idle);
                }
            }
        }

        connection.Close();
    }
}
