using Analytics.Registry.Database;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Training;

/// <summary>The rule that decides whether a new version becomes champion: a pure function of the evaluation.</summary>
public static class PromotionGate
{
    /// <summary>The verdict on <paramref name="candidate"/> under <paramref name="policy"/>.</summary>
    public static GateVerdict Decide(TrainedModel candidate, PromotePolicy policy) =>
        throw new NotImplementedException($"{candidate} {policy}");
}
