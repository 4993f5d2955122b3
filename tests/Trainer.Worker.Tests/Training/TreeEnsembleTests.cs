using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Training.Onnx;
using Analytics.Trainer.Worker.Training.Trees;

namespace Analytics.Trainer.Worker.Tests.Training;

public class TreeEnsembleTests
{
    // x <= 1 goes left; a tree that is only a leaf; two targets with base values.
    [Fact]
    public void AddTo_SmallTrees_SumsTheLeavesOfEachTarget()
    {
        var ensemble = new TreeEnsemble(
            2,
            [0.5f, -1],
            [
                new DecisionTree(0, [0, 0], [1, 0], [1, ~0], [~1, ~2], [10, 20, 30]),
                new DecisionTree(1, [], [], [], [], [7]),
            ]);

        Assert.Equal([10.5f, 6], Score(ensemble, 0));
        Assert.Equal([30.5f, 6], Score(ensemble, 1));
        Assert.Equal([20.5f, 6], Score(ensemble, MathF.BitIncrement(1)));
    }

    // ONNX Runtime by itself answers 0 for such a target.
    [Fact]
    public void AddTo_TargetWithoutTrees_KeepsItsBaseValue() => Assert.Equal(
        [3f, -5], Score(new TreeEnsemble(2, [1, -5], [new DecisionTree(0, [], [], [], [], [2])]), 0));

    [Theory]
    [InlineData(10, 2)]
    [InlineData(2000, 64)]
    [InlineData(300, 2048)]
    public void EstimatedBytes_AnySize_IsAtLeastTheTrueSizeAndNotTwiceIt(int trees, int leaves)
    {
        var nodes = leaves - 1;
        var tree = new DecisionTree(
            0,
            [.. Enumerable.Range(0, nodes).Select(i => i % 200)],
            new float[nodes],
            [.. Enumerable.Range(0, nodes).Select(i => i + 1 < nodes ? i + 1 : ~nodes)],
            [.. Enumerable.Range(0, nodes).Select(i => ~i)],
            new float[leaves]);
        var ensemble = new TreeEnsemble(1, [0], [.. Enumerable.Repeat(tree, trees)]);
        var graph = new OnnxGraph();
        TreeEnsembleGraph.AddTo(graph, "x", ensemble);
        var actual = graph.ToBytes().Length - new OnnxGraph().ToBytes().Length;
        Assert.InRange(ensemble.EstimatedBytes, actual - 500, actual * 2);
    }

    private static float[] Score(TreeEnsemble ensemble, float x)
    {
        var graph = new OnnxGraph();
        graph.Reserve(OnnxScorer.ProbabilitiesOutput);
        graph.AddInput("x", text: false);
        graph.AddNode("Identity", [TreeEnsembleGraph.AddTo(graph, "x", ensemble)], OnnxScorer.ProbabilitiesOutput);
        graph.AddOutput(OnnxScorer.ProbabilitiesOutput, 2);
        var signature = new Signature(
            [new InputColumn("x", ColumnType.Number, true)], new SignatureOutput("y", OutputKind.Classes, ["a", "b"]));
        using var scorer = OnnxScorer.Load(graph.ToBytes(), signature);
        var batch = new RowBatch(signature);
        batch.AddRow();
        batch.SetNumber(0, 0, x);
        var output = new float[2];
        scorer.Score(batch, output);
        return output;
    }
}
