using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Tests;

/// <summary>Versions for tests that need a manifest but no model that answers.</summary>
internal static class Manifests
{
    public static Signature Signature { get; } = new(
        [new InputColumn("x", ColumnType.Number, true)], new SignatureOutput("y", OutputKind.Classes, ["a", "b"]));

    /// <summary>Commits a version whose model file is a few bytes.</summary>
    public static async Task<CommitResult> CommitAsync(
        ModelRegistry registry, string model, int version, Guid run, GateVerdict? gate = null)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "not a graph", TestContext.Current.CancellationToken);
            var manifest = new Manifest
            {
                Model = model,
                Version = version,
                RunId = run,
                Created = DateTimeOffset.UnixEpoch,
                Algorithm = "random-forest",
                Signature = Signature,
                Gate = gate,
                Files = [await registry.PutFileAsync(model, FileRole.Model, path, TestContext.Current.CancellationToken)],
            };
            return await registry.CommitAsync(manifest, TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
