using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>
/// Folds of the training rows, the same for every candidate, drawn as the hold-out is: a group is in one fold, and by time a fold is
/// measured by what was trained on the rows before it. Encodings are learned anew from each fold's training side, so that
/// nothing of its other side is known.
/// </summary>
internal sealed class CrossValidation
{
    private readonly PreparedData _data;
    private readonly int[][] _folds;
    private readonly int[] _before = []; // By time: the earliest rows, which are trained on in every fold.
    private readonly Dictionary<(int Fold, FeatureStyle Style), FeatureEncoding> _encodings = [];

    public CrossValidation(PreparedData data, int seed)
    {
        _data = data;
        var rows = RowSample.Take(data.Target, data.TrainRows, RowSample.SearchRows, seed);
        Rows = rows.Count;
        var folds = rows.Count <= 1000 ? 5 : 3;
        switch (data.Split.By)
        {
            case SplitKind.Group:
                _folds = FoldOrder.ByGroup(SplitKeys.Of(data.Table[data.Split.Columns[0]]), rows, folds, seed);
                break;
            case SplitKind.Time:
                (_before, _folds) = FoldOrder.ByTime(SplitKeys.Of(data.Table[data.Split.Columns[0]]), rows, folds);
                break;
            default:
                _folds = RowSample.Deal(data.Target, rows, folds, seed);
                break;
        }
    }

    /// <summary>The rows dealt.</summary>
    public int Rows { get; }

    /// <summary>The number of folds.</summary>
    public int Folds => _folds.Length;

    /// <summary>Fits on the other folds and measures on this one.</summary>
    public double Measure(
        int fold, ICandidateTrainer trainer, ParameterValues parameters, string metric, CancellationToken cancellationToken)
    {
        var train = TrainingRowsOf(fold);
        var encoding = EncodingOf(fold, trainer.FeatureStyle, train);
        var rows = TrainingRows.Of(encoding.ColumnsOf(_data.Table, train), _data.Target, train);
        var fitted = trainer.Fit(rows, parameters, Silent.Instance, cancellationToken);
        var answers = fitted.Predict(encoding.Apply(_data.Table, _folds[fold]));
        return AnswersOn.Rows(_data.Target, _folds[fold], answers).Measure(metric);
    }

    private int[] TrainingRowsOf(int fold)
    {
        var byTime = _data.Split.By == SplitKind.Time;
        int[] train = [.. _before.Concat(_folds.Where((_, f) => byTime ? f < fold : f != fold).SelectMany(f => f)).Order()];
        return _data.Target is ClassTarget classes && Array.TrueForAll(train, r => classes.Indexes[r] == classes.Indexes[train[0]])
            ? throw new InvalidInputException(
                $"The search cannot cross-validate: the {train.Length} rows beside fold {fold + 1} have one class of '{_data.Target.Name}' only (the split is by "
                + $"{_data.Split.By.ToString().ToLowerInvariant()}). Name an algorithm without a 'budget', or split otherwise.")
            : train;
    }

    private FeatureEncoding EncodingOf(int fold, FeatureStyle style, int[] train)
    {
        if (!_encodings.TryGetValue((fold, style), out var encoding))
        {
            // What is cut here is told of the final encoding.
            encoding = FeatureFitting.Fit(_data.Table, _data.Inputs, train, _data.Target, style, []);
            _encodings.Add((fold, style), encoding);
        }

        return encoding;
    }

    private sealed class Silent : IProgress<double>
    {
        public static readonly Silent Instance = new();

        public void Report(double value)
        {
            // The search reports fits, not their parts.
        }
    }
}
