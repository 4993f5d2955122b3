using Analytics.Registry.Models;

namespace Analytics.Registry.Tests.Models;

public sealed class ManifestRulesTests
{
    private static readonly Manifest Sample = SampleManifest.Create();

    public static TheoryData<string, Manifest> Faults => new()
    {
        { "format 2 is newer than this program reads (up to 1)", Sample with { Format = 2 } },
        { "expected a format from 1 to 1, found 0", Sample with { Format = 0 } },
        { "expected a manifest of model 'iris', found one of 'wine'", Sample with { Model = "wine" } },
        { "expected version 1, found 2", Sample with { Version = 2 } },
        { "expected one file with the role 'model', found 0", Sample with { Files = [] } },
        { "expected one file with the role 'model', found 2", Sample with { Files = [File("model"), File("model")] } },
        { "two files have the role 'golden'", Sample with { Files = [File("model"), File("golden"), File("golden")] } },
        { "holds a null", Sample with { Files = [File("model"), null!] } },
        { "64 lower-case hexadecimal digits; found 3 and 'ab'", Sample with { Files = [new ModelFile("model", 3, "ab")] } },
        { "found 3 and 'AAAA", Sample with { Files = [new ModelFile("model", 3, new string('A', 64))] } },
        { "found -1 and", Sample with { Files = [new ModelFile("model", -1, new string('a', 64))] } },
        { "no input columns", WithInputs() },
        { "without a name", WithInputs(new InputColumn("", ColumnType.Number, true)) },
        { "without a name", WithInputs((InputColumn)null!) },
        {
            "two columns named 'a'",
            WithInputs(new InputColumn("a", ColumnType.Number, true), new InputColumn("a", ColumnType.Text, true))
        },
        { "column 'd' needs 'parts', some of year, month", WithInputs(new InputColumn("d", ColumnType.Date, true)) },
        { "needs 'parts'", WithInputs(new InputColumn("d", ColumnType.Timestamp, true) { Parts = ["year", "year"] }) },
        { "needs 'parts'", WithInputs(new InputColumn("d", ColumnType.Timestamp, true) { Parts = ["week"] }) },
        {
            "both the graph's input 'd.year'",
            WithInputs(new InputColumn("d", ColumnType.Date, true) { Parts = ["year"] }, new InputColumn("d.year", ColumnType.Number, true))
        },
        { "at least two classes", WithClasses("one") },
        { "must differ", WithClasses("one", "one") },
        { "not be null", WithClasses("one", null!) },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void FindFault_SomethingWrong_SaysWhat(string sentence, Manifest manifest) =>
        Assert.Contains(sentence, ManifestRules.FindFault(manifest, "iris", 1), StringComparison.Ordinal);

    [Fact]
    public void FindFault_NothingWrong_IsNull() => Assert.Null(ManifestRules.FindFault(Sample, "iris", 1));

    [Fact]
    public void FindFault_ColumnsThatDifferInCase_AreTwo() => Assert.Null(ManifestRules.FindFault(
        WithInputs(new InputColumn("a", ColumnType.Number, true), new InputColumn("A", ColumnType.Number, true)), "iris", 1));

    [Fact]
    public void FindFault_Regression_NeedsNoClasses() => Assert.Null(ManifestRules.FindFault(
        Sample with { Signature = Sample.Signature with { Output = new SignatureOutput("price", OutputKind.Number) } }, "iris", 1));

    private static ModelFile File(string role) => new(role, 3, new string('a', 64));

    private static Manifest WithInputs(params InputColumn[] inputs) =>
        Sample with { Signature = Sample.Signature with { Inputs = inputs } };

    private static Manifest WithClasses(params string[] classes) =>
        Sample with { Signature = Sample.Signature with { Output = new SignatureOutput("species", OutputKind.Classes, classes) } };
}
