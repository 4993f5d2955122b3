using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>
/// Makes probabilities of each class's share of votes: <c>(share + ε) / Σ(share + ε)</c>. The ε keeps a row without any vote
/// defined (all classes alike) and no class quite impossible.
/// </summary>
internal static class VoteShares
{
    private const float Epsilon = 1e-4f;

    /// <summary>Adds the nodes behind the shares, float [N, classes]; returns the probabilities' name.</summary>
    public static string AddTo(OnnxGraph graph, string shares)
    {
        // Rounding can bring a share of nothing just under zero.
        var votes = graph.AddNode("Relu", [shares]);
        var raised = graph.AddNode("Add", [votes, graph.AddConstant("epsilon", Epsilon)]);
        var total = graph.AddNode("ReduceSum", [raised, graph.AddConstant("axes", [1L])], OnnxAttribute.Of("keepdims", 1));
        return graph.AddNode("Div", [raised, total]);
    }

    /// <summary>The same in plain arithmetic, row by row.</summary>
    public static float[] Normalise(double[] shares, int classCount)
    {
        var probabilities = new float[shares.Length];
        for (var start = 0; start < shares.Length; start += classCount)
        {
            var row = shares.AsSpan(start, classCount);
            var total = 0.0;
            foreach (ref var share in row)
            {
                share = Math.Max(share, 0) + Epsilon;
                total += share;
            }

            for (var k = 0; k < classCount; k++)
            {
                probabilities[start + k] = (float)(row[k] / total);
            }
        }

        return probabilities;
    }
}
