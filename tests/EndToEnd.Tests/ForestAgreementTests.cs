using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;

namespace Analytics.EndToEnd.Tests;

/// <summary>
/// Three ways to ask one forest, which must agree: the grown trees, ONNX Runtime on the exported graph, and the scorer's compiled
/// trees; on 10,000 rows of each file, among them values that lie on a threshold, missing values and unseen categories.
/// </summary>
public sealed class ForestAgreementTests
{
    private const int Rows = 10_000;
    private const float Tolerance = 1e-5f;

    public static TheoryData<string, string, int> Files { get; } = new()
    {
        { "iris", "species", 100 },
        { "wine", "cultivar", 100 },
        { "penguins_raw", "Species", 100 },
        { "breast_cancer", "diagnosis", 100 },
        { "soybean", "Class", 100 },
        { "digits", "digit", 100 },
        { "satellite", "classes", 50 },
        // The leaves of the next two are many; fewer trees keep the test short and say the same.
        { "letter", "lettr", 20 },
        { "shuttle", "Class", 50 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Answers_TiesMissingAndUnseen_AreEqual(string file, string label, int trees)
    {
        var grown = await GrownForest.GrowAsync(file, label, trees, threads: 2);
        using var onnx = PartsScorer.Load(grown.Model, grown.Signature);
        using var compiled = PartsScorer.Over(grown.Signature, CompiledForestScorer.Compile(grown.Model, DateParts.GraphOf(grown.Signature)));
        var batch = grown.HardRows(Rows, seed: 1);
        var width = onnx.OutputWidth;
        var fromOnnx = new float[Rows * width];
        var fromCompiled = new float[Rows * width];

        onnx.Score(batch, fromOnnx);
        compiled.Score(batch, fromCompiled);
        var fromForest = grown.Fitted.Predict(grown.Features(batch));

        AssertClose(fromOnnx, fromCompiled, width, "ONNX Runtime and the compiled forest");
        AssertClose(fromOnnx, fromForest, width, "ONNX Runtime and the grown trees");
        AssertSameAlone(compiled, batch, fromCompiled);
    }

    [Theory]
    [InlineData("penguins_raw", "Species")]
    [InlineData("digits", "digit")]
    public async Task Model_OneThreadAndTwo_IsTheSameBytes(string file, string label)
    {
        var one = await GrownForest.GrowAsync(file, label, 100, threads: 1);
        var two = await GrownForest.GrowAsync(file, label, 100, threads: 2);

        Assert.True(one.Model.AsSpan().SequenceEqual(two.Model), $"{one.Model.Length} and {two.Model.Length} bytes differ.");
    }

    private static void AssertClose(float[] expected, float[] found, int width, string who)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            // Written so that a NaN on either side counts as a difference.
            if (!(MathF.Abs(expected[i] - found[i]) <= Tolerance))
            {
                Assert.Fail($"{who} differ in row {i / width}, output {i % width}: {expected[i]} and {found[i]}.");
            }
        }
    }

    private static void AssertSameAlone(IScorer scorer, RowBatch batch, float[] expected)
    {
        var one = new RowBatch(batch.Signature);
        var output = new float[scorer.OutputWidth];
        for (var r = 0; r < batch.Count; r++)
        {
            one.Reset();
            one.AddRow();
            for (var c = 0; c < batch.Signature.Inputs.Count; c++)
            {
                if (batch.Signature.Inputs[c].Type.IsNumeric())
                {
                    one.SetNumber(0, c, batch.Numbers(c).Span[r]);
                }
                else
                {
                    one.SetText(0, c, batch.Texts(c).Span[r]);
                }
            }

            scorer.Score(one, output);
            // Bit by bit: an answer must not depend on the rows that come with it.
            Assert.Equal(
                expected.AsSpan(r * output.Length, output.Length).ToArray().Select(BitConverter.SingleToInt32Bits),
                output.Select(BitConverter.SingleToInt32Bits));
        }
    }
}
