using System.Text.Json;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;

namespace Analytics.Trainer.Worker.Tests.Training;

public class ParameterValuesTests
{
    [Fact]
    public void From_SomeGiven_KeepsThemAndFillsDefaults()
    {
        var values = From("lightgbm", """{"iterations": 7, "learningRate": 0.5}""");
        Assert.Equal(7, values.Whole("iterations"));
        Assert.Equal(0.5, values.Number("learningRate"));
        Assert.Equal(
            ["iterations", "leaves", "minLeaf", "learningRate", "featureFraction", "l2", "seed"], values.ToJson().Keys);
        Assert.Equal("31", values.ToJson()["leaves"].GetRawText());
    }

    [Theory]
    [InlineData("""{"tree": 7}""", "'random-forest' has no parameter 'tree'; it has trees (whole number, 1 to 10000, default 100); featuresPerSplit")]
    [InlineData("""{"trees": 0}""", "'trees' of 'random-forest' is 0; expected trees (whole number, 1 to 10000, default 100)")]
    [InlineData("""{"trees": 10001}""", "is 10001")]
    [InlineData("""{"trees": 1.5}""", "is 1.5")]
    [InlineData("""{"trees": "10"}""", "is \"10\"")]
    [InlineData("""{"trees": null}""", "is null")]
    [InlineData("""{"sampleFraction": 1e400}""", "is 1e400")]
    public void From_UnknownOrOutOfRange_ListsWhatIsAllowed(string json, string expected) => Assert.Contains(
        expected, Assert.Throws<InvalidInputException>(() => From("random-forest", json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Find_UnknownAlgorithm_ListsThem() => Assert.Contains(
        "There is no algorithm 'forest'; there are 'random-forest', 'lightgbm'",
        Assert.Throws<InvalidInputException>(() => CandidateCatalog.Find("forest")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void All_Candidates_HaveDefaultsInRangeAndASeed() => Assert.All(CandidateCatalog.All, candidate =>
    {
        Assert.Contains(ParameterDefinition.Seed, candidate.Parameters);
        Assert.All(candidate.Parameters, p => Assert.InRange(p.Default, p.Minimum, p.Maximum));
    });

    private static ParameterValues From(string algorithm, string json) => ParameterValues.From(
        algorithm,
        CandidateCatalog.Find(algorithm).Parameters,
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!);
}
