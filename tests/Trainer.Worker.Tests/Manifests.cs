using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Tests;

/// <summary>Manifests for tests that need a version but no model behind it.</summary>
internal static class Manifests
{
    public static Manifest Of(string model, int version, Guid run, GateVerdict? gate = null) => new()
    {
        Model = model,
        Version = version,
        RunId = run,
        Created = DateTimeOffset.UnixEpoch,
        Algorithm = "random-forest",
        Signature = new Signature(
            [new InputColumn("x", ColumnType.Number, true)], new SignatureOutput("y", OutputKind.Classes, ["a", "b"])),
        Gate = gate,
        Files = [new ModelFile(FileRole.Model, 0, new string('0', 64))],
    };
}
