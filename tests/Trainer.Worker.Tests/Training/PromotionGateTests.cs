using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Tests.Training;

public class PromotionGateTests
{
    // Log-loss on 30 rows, the baseline's 1.1; shares of the bootstrap samples within the tolerance and better.
    private static readonly GateEvidence First = new("logLoss", 30, 0.2, 1.1, 0.01, null, null, []);
    private static readonly PairedComparison Equal = new(0.2, 0.2, 0, 0, 0, 0.002, 1, 0, 1000);
    private static readonly PairedComparison Better = new(0.2, 0.3, -0.1, -0.15, -0.05, 0.003, 1, 1, 1000);
    private static readonly PairedComparison Worse = new(0.2, 0.15, 0.05, 0.03, 0.07, 0.0015, 0, 0, 1000);
    private static readonly PairedComparison SlightlyWorse = new(0.2, 0.199, 0.001, 0.0005, 0.0015, 0.00199, 0.98, 0, 1000);
    private static readonly PairedComparison Unsure = new(0.2, 0.21, -0.01, -0.1, 0.08, 0.0021, 0.6, 0.59, 1000);

    public static TheoryData<string, PromotePolicy, bool, string> Verdicts => new()
    {
        { "first", PromotePolicy.Auto, true, "promoted: there is no champion yet; logLoss 0.2 on 30 held-out rows, the baseline's 1.1" },
        { "first", PromotePolicy.Better, true, "there is no champion yet" },
        { "first", PromotePolicy.Never, false, "promote: never; the gate by itself: promoted" },
        { "first, nothing held out", PromotePolicy.Auto, true, "there is no champion yet; nothing was held out" },
        { "first, no better than the baseline", PromotePolicy.Auto, false, "not promoted: logLoss 1.1 is not better than the baseline's 1.1" },
        { "first, no better than the baseline", PromotePolicy.Force, true, "the gate by itself: not promoted: logLoss 1.1" },
        { "equal", PromotePolicy.Auto, true, "not worse by more than 0.002 (tolerance 1%) in 100% of 1000 paired bootstrap samples (needs 90%)" },
        { "equal", PromotePolicy.Better, false, "not promoted: logLoss 0.2 against 0.2 of champion version 4 on the same 30 held-out rows, better in 0% of" },
        { "better", PromotePolicy.Auto, true, "promoted: logLoss 0.2 against 0.3" },
        { "better", PromotePolicy.Better, true, "better in 100%" },
        { "worse", PromotePolicy.Auto, false, "in 0% of 1000 paired bootstrap samples (needs 90%); promote: force overrides" },
        { "worse", PromotePolicy.Force, true, "Forced by alice (a demonstration); the gate by itself: not promoted" },
        { "slightly worse", PromotePolicy.Auto, true, "in 98% of" },
        { "slightly worse", PromotePolicy.Better, false, "better in 0% of" },
        { "unsure", PromotePolicy.Auto, false, "in 60% of" },
        { "unsure", PromotePolicy.Better, false, "better in 59% of" },
        { "better, another split", PromotePolicy.Auto, false, "champion version 4 is not comparable: another split; promote: force overrides" },
        { "better, another split", PromotePolicy.Force, true, "Forced by alice" },
        { "better, signature", PromotePolicy.Auto, false, "the signature changed: a column is gone; callers of champion version 4 would break" },
        { "better, signature", PromotePolicy.Force, true, "Forced by alice" },
        { "better, recall under the floor", PromotePolicy.Auto, false, "the recall of class 'b' is 0.4 on 25 held-out rows, under the floor of 0.5 (recallFloor)" },
        { "better, recall fell", PromotePolicy.Auto, false, "the recall of class 'b' fell from the champion's 0.9 to 0.7 on 25 held-out rows" },
        { "better, recall fell little", PromotePolicy.Auto, true, "promoted: logLoss 0.2 against 0.3" },
        { "nothing held out", PromotePolicy.Auto, false, "nothing was held out to compare with champion version 4" },
        { "nothing held out", PromotePolicy.Force, true, "Forced by alice" },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Decide_Table(string kind, PromotePolicy policy, bool promote, string reason)
    {
        var candidate = Candidate(kind);
        var verdict = PromotionGate.Decide(candidate, policy, "alice", "a demonstration");

        Assert.Equal(promote, verdict.Promote);
        Assert.Contains(reason, verdict.Reason, StringComparison.Ordinal);
        Assert.Equal(candidate.Evidence?.Candidate, verdict.Candidate);
        Assert.Equal(candidate.Evidence?.Against?.Other, verdict.Champion);
        Assert.Equal(candidate.Champion?.Version, verdict.ChampionVersion);
        Assert.Equal(candidate.Evidence?.Against?.High, verdict.Comparison?.High);
        Assert.Equal(policy == PromotePolicy.Force ? ("alice", "a demonstration") : (null, null), (verdict.By, verdict.Why));
    }

    private static TrainedModel Candidate(string kind) => new()
    {
        Algorithm = "random-forest",
        Parameters = new Dictionary<string, System.Text.Json.JsonElement>(),
        Signature = new Signature([], new SignatureOutput("y", OutputKind.Classes, ["a", "b"])),
        Metrics = new Dictionary<string, double>(),
        Data = new DataFingerprint("d", "", 150, 120, 30, ""),
        Split = new SplitDefinition("d", ["a"]),
        Files = new Dictionary<string, string>(),
        Warnings = [],
        Champion = kind.StartsWith("first", StringComparison.Ordinal)
            ? null
            : new ChampionEvaluation(4, kind.EndsWith("another split", StringComparison.Ordinal) ? "another split" : null, new Dictionary<string, double>()),
        SignatureChange = kind.EndsWith("signature", StringComparison.Ordinal) ? "a column is gone" : null,
        Evidence = kind switch
        {
            "first" => First,
            "first, nothing held out" or "nothing held out" => null,
            "first, no better than the baseline" => First with { Candidate = 1.1 },
            "equal" => First with { Against = Equal },
            "worse" => First with { Against = Worse },
            "slightly worse" => First with { Against = SlightlyWorse },
            "unsure" => First with { Against = Unsure },
            "better, another split" => First,
            "better, recall under the floor" => First with { Against = Better, RecallFloor = 0.5, Recalls = [new("a", 30, 0.6, 0.6), new("b", 25, 0.4, 0.3)] },
            "better, recall fell" => First with { Against = Better, Recalls = [new("b", 25, 0.7, 0.9)] },
            "better, recall fell little" => First with { Against = Better, Recalls = [new("b", 25, 0.73, 0.9)] },
            _ => First with { Against = Better },
        },
    };
}
