using Analytics.Trainer.Worker.Training.Features;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>Encoded rows as ML.NET reads them: streamed in file order, one row object reused, never shuffled.</summary>
internal static class MlNetRows
{
    public const string Features = nameof(Row.Features);

    public const string IsClass = nameof(Row.IsClass);

    public const string Class = nameof(Row.Class);
    public const string Number = nameof(Row.Number);

    /// <summary>
    /// A view of the rows. <see cref="IsClass"/> says whether the label is <paramref name="positive"/>; <see cref="Class"/> is the
    /// label as a key of <paramref name="classCount"/> values.
    /// </summary>
    public static IDataView View(MLContext context, FeatureMatrix features, int[]? labels = null, int positive = 0, int classCount = 2)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features.Columns.Count);
        schema[Class].ColumnType = new KeyDataViewType(typeof(uint), classCount);
        return context.Data.LoadFromEnumerable(Stream(features, labels, positive), schema);
    }

    /// <summary>A view of rows with a <see cref="Number"/> to predict.</summary>
    public static IDataView View(MLContext context, FeatureMatrix features, float[] numbers)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features.Columns.Count);
        schema[Class].ColumnType = new KeyDataViewType(typeof(uint), 2);
        return context.Data.LoadFromEnumerable(Stream(features, null, 0, numbers), schema);
    }

    private static IEnumerable<Row> Stream(FeatureMatrix features, int[]? labels, int positive, float[]? numbers = null)
    {
        var row = new Row { Features = new float[features.Columns.Count] };
        for (var i = 0; i < features.RowCount; i++)
        {
            features.CopyRow(i, row.Features);
            row.IsClass = labels is not null && labels[i] == positive;
            // From an object ML.NET takes a key's value from 0; a column's own keys start at 1.
            row.Class = labels is null ? 0 : (uint)labels[i];
            row.Number = numbers is null ? 0 : numbers[i];
            yield return row;
        }
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public bool IsClass { get; set; }

        public uint Class { get; set; }

        public float Number { get; set; }
    }
}
