using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Tests.Data;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Tests.Training;

public class FeatureGraphTests
{
    // Rows 0 to 3 are trained on, 4 and 5 held out.
    private static readonly DatasetTable Table = Tables.Of(
        Tables.Numbers("Mass (g)", 1, float.NaN, 5, 2, float.NaN, 9),
        Tables.Numbers("features", 1, 2, 3, 4, 5, 6),
        Tables.Numbers("late", 1, 2, 3, 4, float.NaN, 6),
        Tables.Texts("Sex", "MALE", null, "FEMALE", "MALE", null, "."),
        Tables.Texts("x.1/o", "a", "b", "a", "b", "c", null));

    [Fact]
    public void Fit_TrainingRows_LearnsMediansCategoriesAndWhatIsOptional()
    {
        var encoding = Fit();
        Assert.Equal(
            [
                new InputColumn("Mass (g)", ColumnType.Number, Required: false),
                new InputColumn("features", ColumnType.Number, Required: true),
                new InputColumn("late", ColumnType.Number, Required: false),
            ],
            encoding.InputColumns().Take(3));
        Assert.Equal(["FEMALE", "MALE"], encoding.InputColumns()[3].Categories!);
        Assert.Equal(["a", "b"], encoding.InputColumns()[4].Categories!);
        Assert.Equal([2f, 2.5f, 2.5f], encoding.Numbers.Select(n => n.Median));
        Assert.Equal(
            [
                "Mass (g)", "features", "late", "Mass (g) is missing",
                "Sex = FEMALE", "Sex = MALE", "Sex is missing", "x.1/o = a", "x.1/o = b",
            ],
            encoding.FeatureNames());
    }

    // scikit-learn#12018: a missing category and an unseen one were mixed up.
    [Fact]
    public void AddTo_MissingAndUnseenValues_GraphEqualsEncoding()
    {
        var encoding = Fit();
        var rows = Enumerable.Range(0, Table.RowCount).ToList();
        var features = encoding.Apply(Table, rows);
        var expected = new float[rows.Count * features.Columns.Count];
        for (var r = 0; r < rows.Count; r++)
        {
            features.CopyRow(r, expected.AsSpan(r * features.Columns.Count));
        }

        using var scorer = Load(encoding, features.Columns.Count, out var signature);
        Assert.Equal(expected, TableScoring.Score(scorer, signature, Table, rows, TestContext.Current.CancellationToken));

        var missing = expected.Skip(4 * 9).Take(9);
        Assert.Equal([2, 5, 2.5f, 1, 0, 0, 1, 0, 0], missing);
        var unseen = expected.Skip(5 * 9).Take(9);
        Assert.Equal([9, 6, 6, 0, 0, 0, 0, 0, 0], unseen);
    }

    [Fact]
    public void Fit_ManyCategories_KeepsTheMostFrequentAndSaysSo()
    {
        // c000 to c149, each once, and the last ten twice.
        var values = Enumerable.Range(0, 150).Concat(Enumerable.Range(140, 10)).Select(i => $"c{i:000}").ToArray();
        var table = Tables.Of(Tables.Texts("t", values));
        var warnings = new List<string>();
        var encoding = FeatureFitting.Fit(
            table, table.Columns, [.. Enumerable.Range(0, values.Length)], new int[values.Length], 2, FeatureStyle.Indicators, warnings);
        Assert.Equal(
            Enumerable.Range(0, 90).Concat(Enumerable.Range(140, 10)).Select(i => $"c{i:000}"), encoding.Texts[0].Categories);
        Assert.Equal(
            ["Column 't' has 150 different texts; the 100 most frequent are categories, the others count as unseen."], warnings);
    }

    // A forest's trees learn where missing values go, and split categories by one threshold.
    [Fact]
    public void AddTo_OrderedStyle_MissingStaysMissingAndUnseenStandsInTheMiddle()
    {
        var encoding = Fit(FeatureStyle.Ordered);
        var rows = Enumerable.Range(0, Table.RowCount).ToList();
        var features = encoding.Apply(Table, rows);
        Assert.Equal(["Mass (g)", "features", "late", "Sex", "x.1/o"], features.Names);

        using var scorer = Load(encoding, features.Columns.Count, out var signature);
        var found = TableScoring.Score(scorer, signature, Table, rows, TestContext.Current.CancellationToken);

        // By their shares of the second class: MALE a half and FEMALE all of it, "a" all and "b" none; an axis has no direction of its own.
        float[] expected =
        [
            1, 1, 1, 1, 0,
            float.NaN, 2, 2, float.NaN, 1,
            5, 3, 3, 0, 0,
            2, 4, 4, 1, 1,
            float.NaN, 5, float.NaN, float.NaN, 0.5f,
            9, 6, 6, 0.5f, float.NaN,
        ];
        Assert.Equal(expected, found);
        Assert.Equal(expected, rows.SelectMany(r => features.Columns.Select(c => c[r])));
    }

    private static FeatureEncoding Fit(FeatureStyle style = FeatureStyle.Indicators) =>
        FeatureFitting.Fit(Table, Table.Columns, [0, 1, 2, 3], [1, 0, 1, 0, 0, 0], 2, style, []);

    // The features themselves as the graph's answer.
    private static OnnxScorer Load(FeatureEncoding encoding, int width, out Signature signature)
    {
        var graph = new OnnxGraph();
        graph.Reserve(OnnxScorer.ProbabilitiesOutput);
        graph.AddNode("Identity", [FeatureGraph.AddTo(graph, encoding)], OnnxScorer.ProbabilitiesOutput);
        graph.AddOutput(OnnxScorer.ProbabilitiesOutput, width);
        signature = new Signature(
            encoding.InputColumns(),
            new SignatureOutput("y", OutputKind.Classes, [.. Enumerable.Range(0, width).Select(i => $"{i}")]));
        return OnnxScorer.Load(graph.ToBytes(), signature);
    }
}
