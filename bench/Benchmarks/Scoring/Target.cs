using System.Diagnostics;

namespace Analytics.Benchmarks.Scoring;

/// <summary>Something to call over and over: rows of one call, and the call.</summary>
/// <param name="Engine">As the results name it.</param>
/// <param name="Rows">Rows of one call.</param>
/// <param name="Call">Scores them; receives a count that goes up, to vary the row.</param>
internal sealed record Target(string Engine, int Rows, Action<int> Call)
{
    // Long enough for the just-in-time compiler's last tier, and for a round to be more than noise.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(300);

    private int _callsPerRound;

    public List<double> NsPerRow { get; } = [];

    public void Prepare()
    {
        var calls = 0;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < WarmUp)
        {
            Call(calls++);
        }

        _callsPerRound = Math.Max(1, (int)(calls * (Round / watch.Elapsed)));
    }

    public void Measure()
    {
        // Processor time: each engine works on one thread, and other programs of the machine do not count.
        var start = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < _callsPerRound; i++)
        {
            Call(i);
        }

        NsPerRow.Add((Environment.CpuUsage.TotalTime - start).TotalNanoseconds / _callsPerRound / Rows);
    }
}
