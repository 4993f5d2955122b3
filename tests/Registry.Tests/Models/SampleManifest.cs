using Analytics.Registry.Models;

namespace Analytics.Registry.Tests.Models;

/// <summary>A manifest with nothing wrong with it, to be changed by the test.</summary>
internal static class SampleManifest
{
    public static Manifest Create(string model = "iris", int version = 1, params ModelFile[] files) => new()
    {
        Model = model,
        Version = version,
        RunId = Guid.NewGuid(),
        Created = DateTimeOffset.UnixEpoch,
        Algorithm = "random-forest",
        Signature = new Signature(
            [new InputColumn("sepal_length", ColumnType.Number, Required: true), new InputColumn("site", ColumnType.Text, Required: false, ["", "A"])],
            new SignatureOutput("species", OutputKind.Classes, ["setosa", "virginica"])),
        Metrics = new Dictionary<string, double> { ["accuracy"] = 0.95 },
        Files = files.Length > 0 ? files : [new ModelFile(FileRole.Model, 3, new string('a', 64))],
    };
}
