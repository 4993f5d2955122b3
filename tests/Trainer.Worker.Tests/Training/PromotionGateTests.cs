using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training;

public class PromotionGateTests
{
    public static TheoryData<PromotePolicy, double?, string, bool, string> Verdicts => new()
    {
        { PromotePolicy.Auto, 0.9, "none", true, "there is no champion yet; accuracy 0.9 on 30 held-out rows" },
        { PromotePolicy.Auto, null, "none", true, "there is no champion yet; nothing was held out" },
        { PromotePolicy.Auto, 0.9, "0.8", true, "accuracy 0.9 is not lower than 0.8 of champion version 4 on the same 30" },
        { PromotePolicy.Auto, 0.9, "0.9", true, "is not lower than 0.9" },
        { PromotePolicy.Auto, 0.9, "0.95", false, "not promoted: accuracy 0.9 is lower than 0.95" },
        { PromotePolicy.Auto, 0.9, "another split", false, "not comparable: another split; promote: force overrides" },
        { PromotePolicy.Auto, null, "0.8", false, "nothing was held out to compare with champion version 4; promote: force overrides" },
        { PromotePolicy.Auto, null, "no row is held out", false, "nothing was held out to compare" },
        { PromotePolicy.Never, 0.9, "none", false, "promote: never; the gate by itself: promoted" },
        { PromotePolicy.Never, 0.9, "0.8", false, "promote: never; the gate by itself: promoted: accuracy 0.9" },
        { PromotePolicy.Force, 0.9, "0.95", true, "promote: force); the gate by itself: not promoted: accuracy 0.9 is lower than 0.95" },
        { PromotePolicy.Force, 0.9, "another split", true, "Forced by the run" },
        { PromotePolicy.Force, null, "0.8", true, "Forced by the run" },
        { PromotePolicy.Force, 0.9, "none", true, "Forced by the run" },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Decide_Table(PromotePolicy policy, double? accuracy, string champion, bool promote, string reason)
    {
        var verdict = PromotionGate.Decide(Candidate(accuracy, champion), policy);
        Assert.Equal(promote, verdict.Promote);
        Assert.Contains(reason, verdict.Reason, StringComparison.Ordinal);
        Assert.Equal(accuracy, verdict.Candidate);
        Assert.Equal(double.TryParse(champion, out var value) ? value : null, verdict.Champion);
        Assert.Equal(champion == "none" ? null : 4, verdict.ChampionVersion);
    }

    private static TrainedModel Candidate(double? accuracy, string champion) => new()
    {
        Algorithm = "random-forest",
        Parameters = new Dictionary<string, System.Text.Json.JsonElement>(),
        Signature = new Signature([], new SignatureOutput("y", OutputKind.Classes, ["a", "b"])),
        Metrics = Metrics(accuracy),
        Data = new DataFingerprint("d", "", 150, 120, accuracy is null ? 0 : 30, ""),
        Split = new SplitDefinition("d", ["a"]),
        Files = new Dictionary<string, string>(),
        Warnings = [],
        Champion = champion == "none"
            ? null
            : double.TryParse(champion, out var value)
                ? new ChampionEvaluation(4, null, Metrics(value))
                : new ChampionEvaluation(4, champion, Metrics(null)),
    };

    private static Dictionary<string, double> Metrics(double? accuracy) => accuracy is { } value ? new() { ["accuracy"] = value } : [];
}
