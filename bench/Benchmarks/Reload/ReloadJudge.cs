using System.Text.Json;
using Analytics.Benchmarks.Load;
using Analytics.Registry.Scoring;

namespace Analytics.Benchmarks.Reload;

/// <summary>
/// Counts the answers that are wrong: from a version that was never published whole, from one not published yet, from an
/// older one although the request was sent after a newer one had answered, or with other numbers than the version's own.
/// </summary>
internal sealed class ReloadJudge
{
    private readonly LoadLog _log;
    private readonly IReadOnlyList<(string Model, int Row)> _requests;
    private readonly Dictionary<(string Model, int Version), Publication> _whole;
    private readonly HashSet<(int Request, int Version, int Content)> _wrongContents;

    public ReloadJudge(LoadLog log, IReadOnlyList<(string Model, int Row)> requests, IReadOnlyList<Publication> publications)
    {
        (_log, _requests) = (log, requests);
        _whole = publications.Where(p => p.Fault is null).ToDictionary(p => (p.Model, p.Version));
        _wrongContents = [.. log.Contents.Where(c => !IsRight(c.Key.Request, c.Key.Version, c.Value)).Select(c => c.Key)];
        FirstSeen = requests.Select(r => r.Model).Distinct().ToDictionary(
            model => model, model => LoadSummary.FirstSeen(log, request => requests[request].Model == model));
    }

    /// <summary>When each version answered first, by model (microseconds of the run).</summary>
    public IReadOnlyDictionary<string, Dictionary<int, uint>> FirstSeen { get; }

    /// <summary>Examples of what is wrong, for people.</summary>
    public List<string> Examples { get; } = [];

    public long CountWrong()
    {
        var wrong = 0L;
        // Per model the answers' ends so far at which a newer version was first seen: the versions only grow in this run.
        var ladders = FirstSeen.ToDictionary(m => m.Key, m => m.Value.OrderBy(v => v.Value).ToArray());
        foreach (var answer in _log.Answers().Where(a => a.Status == 200))
        {
            if (FindFault(answer, ladders) is { } fault)
            {
                wrong++;
                if (Examples.Count < 10)
                {
                    Examples.Add($"{_requests[answer.Request].Model} version {answer.Version}, row {_requests[answer.Request].Row}: {fault}");
                }
            }
        }

        return wrong;
    }

    private string? FindFault(in LoadAnswer answer, Dictionary<string, KeyValuePair<int, uint>[]> ladders)
    {
        var model = _requests[answer.Request].Model;
        if (!_whole.TryGetValue((model, answer.Version), out var publication))
        {
            return "no such version was published whole";
        }

        if (publication.At != 0 && answer.End < _log.Microseconds(Math.Max(publication.At, _log.Start)))
        {
            return "answered before it was published";
        }

        foreach (var (version, seen) in ladders[model])
        {
            if (seen >= answer.Sent)
            {
                break;
            }

            if (version > answer.Version)
            {
                return $"sent after version {version} had answered";
            }
        }

        return _wrongContents.Contains((answer.Request, answer.Version, answer.Content)) ? "another answer than the version's" : null;
    }

    private bool IsRight(int request, int version, byte[] content)
    {
        var (model, row) = _requests[request];
        if (!_whole.TryGetValue((model, version), out var publication))
        {
            return false;
        }

        var expected = publication.Variant.Expected[row];
        using var answer = JsonDocument.Parse((byte[])[.. content, (byte)'}']);
        var found = answer.RootElement.GetProperty("probabilities").EnumerateObject().Select(p => p.Value.GetSingle()).ToArray();
        var prediction = answer.RootElement.GetProperty("prediction").GetInt32();
        return found.Length == expected.Length
            && found.Zip(expected).All(p => MathF.Abs(p.First - p.Second) <= GoldenRows.Tolerance)
            // Two classes within the tolerance may change places.
            && expected[prediction] >= expected.Max() - GoldenRows.Tolerance;
    }
}
