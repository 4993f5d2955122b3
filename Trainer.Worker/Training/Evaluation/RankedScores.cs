namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>Rows in the order of one class's score: the area under the ROC curve is then one pass, for any weights.</summary>
internal sealed class RankedScores
{
    private readonly int[] _order;
    private readonly bool[] _positive;

    // For each place whether the next one has another score.
    private readonly bool[] _lastOfTie;

    public RankedScores(float[] scores, int[] labels, int positive)
    {
        _order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort(scores, _order);
        _positive = Array.ConvertAll(_order, i => labels[i] == positive);
        _lastOfTie = [.. scores.Select((s, i) => i == scores.Length - 1 || scores[i + 1] != s)];
    }

    /// <summary>
    /// The share of pairs of a positive and a negative row in which the positive one has the higher score, ties counting half
    /// (Mann and Whitney), which is the area by trapezoids; NaN when one side has no row.
    /// </summary>
    public double Area(int[]? draws)
    {
        double pairs = 0, positives = 0, negatives = 0, tiedPositives = 0, tiedNegatives = 0;
        for (var place = 0; place < _order.Length; place++)
        {
            var weight = draws is null ? 1 : draws[_order[place]];
            if (_positive[place])
            {
                tiedPositives += weight;
            }
            else
            {
                tiedNegatives += weight;
            }

            if (_lastOfTie[place])
            {
                pairs += tiedPositives * (negatives + (tiedNegatives / 2));
                positives += tiedPositives;
                negatives += tiedNegatives;
                tiedPositives = tiedNegatives = 0;
            }
        }

        return positives == 0 || negatives == 0 ? double.NaN : pairs / (positives * negatives);
    }
}
