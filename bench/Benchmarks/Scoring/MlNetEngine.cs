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
    private readonly PredictionEngine<MlNetRow, MlNetAnswer> _engine;
    private MlNetAnswer _answer = new();

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
        _engine = _context.Model.CreatePredictionEngine<MlNetRow, MlNetAnswer>(_model, inputSchemaDefinition: Schema);
    }

    private SchemaDefinition Schema { get; }

    public void ScoreOne(MlNetRow row) => _engine.Predict(row, ref _answer);

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
