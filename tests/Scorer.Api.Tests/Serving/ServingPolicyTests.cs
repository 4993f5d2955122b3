using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Tests.Serving;

public sealed class ServingPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly RetryPlan Retries = new(10, TimeSpan.FromMinutes(10));

    public static TheoryData<string, string> Table => new()
    {
        // What is known                                              what is done
        { "", "Nothing" },
        { "wanted 1", "Load 1" },
        { "wanted 1 loading 1", "Nothing" },
        { "wanted 2 loading 1", "Cancel 1" },
        { "wanted 1 loaded 1", "Serve 1" },
        { "wanted 1 loaded 1 serving 1", "Nothing" },
        { "wanted 2 loaded 1 serving 1", "Load 2" },
        { "wanted 2 loaded 1,2 serving 1", "Serve 2" },
        { "wanted 2 loaded 1,2 serving 2", "Unload 1" },
        { "wanted 1 loaded 1,2 serving 1", "Unload 2" },
        // The alias cannot be read, or is gone: what serves keeps serving.
        { "away loaded 1 serving 1", "Nothing" },
        { "away wanted 1 loaded 1 serving 1", "Nothing" },
        { "loaded 1 serving 1", "Nothing" },
        // A failed load waits its time, and never ends.
        { "wanted 2 loaded 1 serving 1 failed 2x1 ago 0", "RetryAt +1" },
        { "wanted 2 loaded 1 serving 1 failed 2x1 ago 1", "Load 2" },
        { "wanted 2 loaded 1 serving 1 failed 2x3 ago 1", "RetryAt +3" },
        { "wanted 2 loaded 1 serving 1 failed 2x9 ago 59", "RetryAt +1" },
        { "wanted 2 loaded 1 serving 1 failed 2x9 ago 60", "Load 2" },
        // Its attempts are used up: seldom, but not never. A store that is away uses none up.
        { "wanted 2 loaded 1 serving 1 failed 2x10 ago 60", "RetryAt +540" },
        { "wanted 2 loaded 1 serving 1 failed 2x10 ago 600", "Load 2" },
        { "wanted 2 loaded 1 serving 1 unreachable failed 2x99 ago 60", "Load 2" },
        // No third version in memory while requests run on a retired one, unless they take too long. The first one waits for nothing.
        { "wanted 3 loaded 2 serving 2 drained +20", "RetryAt +20" },
        { "wanted 3 loaded 2 serving 2 drained +0", "Load 3" },
        { "wanted 3 loaded 2 serving 2 drained +20 failed 3x1 ago 0", "RetryAt +20" },
        { "wanted 3 loaded 2 serving 2 drained +1 failed 3x3 ago 0", "RetryAt +4" },
        { "wanted 3 loaded 2,3 serving 2 drained +20", "Serve 3" },
        { "wanted 1 drained +20", "Load 1" },
        // A failure of another version holds nothing up.
        { "wanted 3 loaded 1 serving 1 failed 2x9 ago 0", "Load 3" },
        // Cold start: the cache answers only while the store does not, or while what it names is broken.
        { "fallback 1", "Nothing" },
        { "fallback 1 away", "Load 1" },
        { "fallback 1 away loading 1", "Nothing" },
        { "fallback 1 away loaded 1", "Serve 1" },
        { "fallback 1 away loaded 1 serving 1", "Nothing" },
        { "fallback 1 away failed 1x1 ago 0", "RetryAt +1" },
        { "fallback 1 wanted 2", "Load 2" },
        { "fallback 1 wanted 2 loading 1", "Nothing" },
        { "fallback 1 wanted 2 failed 2x2 ago 0", "Load 1" },
        { "fallback 1 wanted 2 failed 2x2 ago 0 loaded 1", "Serve 1" },
        { "fallback 1 wanted 2 failed 2x2 ago 0 loaded 1 serving 1", "RetryAt +2" },
        { "fallback 1 wanted 2 loaded 1 serving 1", "Load 2" },
        { "fallback 1 wanted 1 away", "Load 1" },
        { "fallback 2 wanted 2 failed 2x1 ago 0", "RetryAt +1" },
        // A challenger that is wanted no more: nothing of it stays.
        { "dismissed", "Nothing" },
        { "dismissed wanted 2", "Nothing" },
        { "dismissed wanted 2 loading 2", "Cancel 2" },
        { "dismissed wanted 2 loaded 2", "Unload 2" },
        { "dismissed loaded 1,2", "Unload 1" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Decide_State_GivesStep(string state, string step) => Assert.Equal(step, Show(ServingPolicy.Decide(Parse(state), Now)));

    [Fact]
    public void RetryDelay_Attempts_DoublesUpToAMinuteAndThenBecomesTheInterval() => Assert.Equal(
        [1, 2, 4, 8, 16, 32, 60, 60, 60, 600, 600],
        Enumerable.Range(1, 11).Select(n => ServingPolicy.RetryDelay(new LoadFailure(n, Now), Retries).TotalSeconds));

    private static ModelServing Parse(string state)
    {
        var words = state.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? After(string word) => words.SkipWhile(w => w != word).Skip(1).FirstOrDefault();
        int? Number(string word) => After(word) is { } text ? int.Parse(text, null) : null;
        var failed = After("failed")?.Split('x').Select(int.Parse).ToArray();
        return new ModelServing
        {
            Wanted = Number("wanted"),
            Serving = Number("serving"),
            Loading = Number("loading"),
            Fallback = Number("fallback"),
            StoreAway = words.Contains("away"),
            IsDismissed = words.Contains("dismissed"),
            Loaded = [.. (After("loaded") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
            Failures = failed is null
                ? new Dictionary<int, LoadFailure>()
                : new Dictionary<int, LoadFailure> { [failed[0]] = new(failed[1], Now.AddSeconds(-Number("ago")!.Value), words.Contains("unreachable")) },
            DrainedBy = Number("drained") is { } seconds ? Now.AddSeconds(seconds) : null,
            Retries = Retries,
        };
    }

    private static string Show(ServingAction action) => action.Step switch
    {
        ServingStep.Nothing => "Nothing",
        ServingStep.RetryAt => $"RetryAt +{(action.At!.Value - Now).TotalSeconds}",
        _ => $"{action.Step} {action.Version}",
    };
}
