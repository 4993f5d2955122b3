using System.Text.Json;

namespace Analytics.Trainer.Worker.Training;

/// <summary>Writes an attempt's progress as lines of JSON; the number never falls. Safe for several threads.</summary>
internal sealed class ProgressLines(TextWriter output)
{
    private readonly Lock _gate = new();
    private AttemptProgress _last = new("", 0);

    /// <summary>The rows trained on; told with each line from then on.</summary>
    public long? Rows { get; set; }

    /// <summary>Writes a line when it says something new.</summary>
    public void Report(string stage, double progress)
    {
        lock (_gate)
        {
            var next = new AttemptProgress(stage, Math.Clamp(progress, _last.Progress, 1), Rows);
            if (next == _last)
            {
                return;
            }

            _last = next;
            output.WriteLine(JsonSerializer.Serialize(next, AttemptJson.Default.AttemptProgress));
            output.Flush();
        }
    }

    /// <summary>Reports a stage's own progress, 0 to 1, as the part of the whole from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public IProgress<double> Stage(string stage, double from, double to) => new Part(this, stage, from, to);

    // Progress<T> would post to a thread pool and let lines overtake each other.
    private sealed class Part(ProgressLines lines, string stage, double from, double to) : IProgress<double>
    {
        public void Report(double value) => lines.Report(stage, from + ((to - from) * value));
    }
}
