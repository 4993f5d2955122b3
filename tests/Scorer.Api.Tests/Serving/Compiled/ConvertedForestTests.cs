using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using Analytics.Scorer.Api.Tests.Support;

namespace Analytics.Scorer.Api.Tests.Serving.Compiled;

/// <summary>Graphs of other converters: compiled, they give ONNX Runtime's answers; what cannot be compiled says why.</summary>
public sealed class ConvertedForestTests
{
    private const float Tolerance = 1e-5f;

    // Each threshold of the graphs, its neighbours, infinities, zeros of both signs, and NaN.
    private static readonly float[] Values =
        [0.5f, MathF.BitDecrement(0.5f), MathF.BitIncrement(0.5f), -1, 0, -0f, 3, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Score_ScikitLearnsForest_EqualsOnnxRuntime(bool textLabels)
    {
        var forest = new ConvertedForest(4, "BRANCH_LEQ", "NONE")
        {
            TextLabels = textLabels ? TestModel.Classes : null,
            WholeLabels = textLabels ? null : [0, 1, 2],
        };
        AddShares(forest, 3);

        AssertEqualAnswers(forest, TestModel.Classes);
    }

    [Fact]
    public void Score_ScikitLearnsForestOfTwoClasses_EqualsOnnxRuntime()
    {
        var forest = new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = ["no", "yes"] };
        AddShares(forest, 2);

        AssertEqualAnswers(forest, ["no", "yes"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.25f)]
    public void Score_XgboostsTwoClasses_EqualsOnnxRuntime(float? baseValue)
    {
        // One margin: every leaf votes for the same class.
        var forest = new ConvertedForest(4, "BRANCH_LT", "LOGISTIC")
        {
            InputName = "float_input",
            LabelOutput = "label",
            ScoreOutput = "probabilities",
            WholeLabels = [0, 1],
            BaseValues = baseValue is { } b ? [b] : null,
        };
        for (var f = 0; f < 4; f++)
        {
            forest.Stump(f, 0.5f, f % 2 == 0, [(0, 0.3f - f)], [(0, -0.2f + f)]);
        }

        AssertEqualAnswers(forest, ["0", "1"]);
    }

    [Theory]
    [InlineData("BRANCH_LT")]
    [InlineData("BRANCH_GT")]
    [InlineData("BRANCH_GTE")]
    public void Score_OtherComparisons_EqualOnnxRuntime(string mode)
    {
        var forest = new ConvertedForest(4, mode, "NONE") { TextLabels = TestModel.Classes };
        AddShares(forest, 3);

        AssertEqualAnswers(forest, TestModel.Classes);
    }

    // Trees in each other, and each backwards: a node's place has to be looked up. The graph says which node is a root; ONNX Runtime
    // takes a tree's first and gives other answers, and then the golden rows, which are its own, leave the graph to it.
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(1000, -1)]
    public void Score_NodesInAnotherOrder_IsTheSameForest(int byTree, int byNode)
    {
        var (forest, other) = (new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes },
            new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes, Order = n => (n.Tree * byTree) + (n.Node * byNode) });
        AddShares(forest, 3);
        AddShares(other, 3);

        AssertEqualAnswers(forest.Graph(), other.Graph(), TestModel.Classes);
    }

    // More trees than are found by their bits: they are walked, rows with and without missing values among each other.
    [Fact]
    public void Score_ManyTrees_AreWalkedAndEqualOnnxRuntime()
    {
        var forest = new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes };
        AddShares(forest, 3, trees: SmallTrees.MaxTrees + 10);

        AssertEqualAnswers(forest, TestModel.Classes);
    }

    [Fact]
    public void Score_XgboostsManyClasses_EqualsOnnxRuntime()
    {
        var forest = new ConvertedForest(4, "BRANCH_LT", "SOFTMAX")
        {
            InputName = "float_input",
            LabelOutput = "label",
            ScoreOutput = "probabilities",
            WholeLabels = [0, 1, 2],
            BaseValues = [0.5f, 0.5f, 0.5f],
        };
        for (var t = 0; t < 9; t++)
        {
            forest.Stump(t % 4, t % 2 == 0 ? 0.5f : 0, t % 3 == 0, [(t % 3, 0.1f * t)], [(t % 3, -0.4f)]);
        }

        AssertEqualAnswers(forest, TestModel.Classes);
    }

    [Fact]
    public void TryCompile_ScalerInFront_SaysSo()
    {
        var forest = new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes, Scaled = true };
        AddShares(forest, 3);
        var signature = Signature(TestModel.Classes);
        using var onnx = OnnxScorer.Load(forest.Graph(), signature);

        Assert.Null(CompiledForestScorer.TryCompile(forest.Graph(), signature, Golden(onnx, signature), out var reason));
        Assert.Contains("Scaler", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TryCompile_OtherGoldenAnswers_LeavesItToOnnxRuntime()
    {
        var (forest, other) = (new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes },
            new ConvertedForest(4, "BRANCH_LT", "NONE") { TextLabels = TestModel.Classes });
        AddShares(forest, 3);
        AddShares(other, 3);
        var signature = Signature(TestModel.Classes);
        using var onnx = OnnxScorer.Load(other.Graph(), signature);

        // Only a value on a threshold tells <= from <, and the golden rows have one.
        Assert.Null(CompiledForestScorer.TryCompile(forest.Graph(), signature, Golden(onnx, signature), out var reason));
        Assert.Contains("Golden row", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TryCompile_NoGoldenRows_ProvesNothing()
    {
        var forest = new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes };
        AddShares(forest, 3);

        Assert.Null(CompiledForestScorer.TryCompile(forest.Graph(), Signature(TestModel.Classes), null, out var reason));
        Assert.Contains("no golden rows", reason, StringComparison.Ordinal);
    }

    // As skl2onnx writes: each leaf has a share for every class, divided by the number of trees.
    // No multiple of the classes, so that a changed branch changes the answer.
    private static void AddShares(ConvertedForest forest, int classes, int trees = 10)
    {
        for (var t = 0; t < trees; t++)
        {
            forest.Stump(
                t % 4,
                t % 2 == 0 ? 0.5f : 0,
                missingTrue: false,
                [.. Enumerable.Range(0, classes).Select(k => ((long)k, (k == t % classes ? 0.75f : 0.25f / (classes - 1)) / trees))],
                [.. Enumerable.Range(0, classes).Select(k => ((long)k, k == (t + 1) % classes ? 1f / trees : 0))]);
        }
    }

    private static Signature Signature(IReadOnlyList<string> classes) =>
        new(TestModel.Iris, new SignatureOutput("species", OutputKind.Classes, classes));

    private static RowBatch HardRows(Signature signature)
    {
        var random = new Random(1);
        var batch = new RowBatch(signature);
        for (var r = 0; r < 1_000; r++)
        {
            TestModel.Add(batch, [.. Enumerable.Range(0, 4).Select(_ => (object)Values[random.Next(Values.Length)])]);
        }

        return batch;
    }

    private static GoldenRows Golden(OnnxScorer scorer, Signature signature)
    {
        var batch = new RowBatch(signature);
        TestModel.Add(batch, 0.5f, 0.5f, 0.5f, 0.5f);
        TestModel.Add(batch, 1f, 0f, -1f, 2f);
        var outputs = new float[batch.Count * scorer.OutputWidth];
        scorer.Score(batch, outputs);
        return GoldenRows.From(batch, outputs);
    }

    private static void AssertEqualAnswers(ConvertedForest forest, IReadOnlyList<string> classes) =>
        AssertEqualAnswers(forest.Graph(), forest.Graph(), classes);

    // Of the first graph by ONNX Runtime, and of the second one compiled.
    private static void AssertEqualAnswers(byte[] first, byte[] second, IReadOnlyList<string> classes)
    {
        var signature = Signature(classes);
        using var onnx = OnnxScorer.Load(first, signature);
        using var compiled = CompiledForestScorer.TryCompile(second, signature, Golden(onnx, signature), out var reason);
        Assert.True(compiled is not null, reason);
        var batch = HardRows(signature);
        var expected = new float[batch.Count * classes.Count];
        var found = new float[expected.Length];

        onnx.Score(batch, expected);
        compiled.Score(batch, found);

        Assert.All(expected.Zip(found), (pair, i) =>
            Assert.True(MathF.Abs(pair.First - pair.Second) <= Tolerance, $"Value {i}: {pair.First} and {pair.Second}."));
    }
}
