using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Analytics.Benchmarks.Scoring;

/// <summary>ML.NET's FastForest, one class against the others, as its users serve it: a prediction engine, or a view of many rows.</summary>
internal sealed class MlNetEngine
{
    private const string Score = nameof(MlNetAnswer.Score);

    private readonly MLContext _context = new(1);
    private readonly MulticlassPredictionTransformer<OneVersusAllModelParameters> _model;
    private readonly MlNetPredictor _predictor;

    public MlNetEngine(FeatureMatrix features, int[] labels, int classes, int trees)
    {
        var forest = _context.BinaryClassification.Trainers.FastForest(new FastForestBinaryTrainer.Options
        {
            NumberOfTrees = trees,
            NumberOfLeaves = 64,
            MinimumExampleCountPerLeaf = 1,
            FeatureColumnName = MlNetRows.Features,
            LabelColumnName = MlNetRows.Class,
        });
        _model = _context.MulticlassClassification.Trainers.OneVersusAll(forest, MlNetRows.Class)
            .Fit(MlNetRows.View(_context, features, labels, classCount: classes));
        Schema = SchemaDefinition.Create(typeof(MlNetRow));
        Schema[nameof(MlNetRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features.Columns.Count);
        _predictor = CreatePredictor();
    }

    private SchemaDefinition Schema { get; }

    public void ScoreOne(MlNetRow row) => _predictor.Predict(row);

    /// <summary>A prediction engine of one's own, for one thread at a time.</summary>
    public MlNetPredictor CreatePredictor() =>
        new(_context.Model.CreatePredictionEngine<MlNetRow, MlNetAnswer>(_model, inputSchemaDefinition: Schema));

    public void ScoreMany(MlNetRow[] rows)
    {
        var scored = _model.Transform(_context.Data.LoadFromEnumerable(rows, Schema));
        var column = scored.Schema[Score];
        using var cursor = scored.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        while (cursor.MoveNext())
        {
            getter(ref buffer);
        }
    }
}

/// <summary>A prediction engine with the answer that it fills again and again.</summary>
internal sealed class MlNetPredictor(PredictionEngine<MlNetRow, MlNetAnswer> engine)
{
    private MlNetAnswer _answer = new();

    /// <summary>A score for each class; good until the next call.</summary>
    public ReadOnlySpan<float> Predict(MlNetRow row)
    {
        engine.Predict(row, ref _answer);
        return _answer.Score;
    }
}
