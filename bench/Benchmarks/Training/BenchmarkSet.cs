using Analytics.Trainer.Worker.Data;

namespace Analytics.Benchmarks.Training;

/// <summary>A classification file of <c>bench/data</c>, read and its columns chosen as the trainer does.</summary>
internal sealed record BenchmarkSet(string Name, DatasetTable Table, IReadOnlyList<TableColumn> Inputs, ClassTarget Labels)
{
    /// <summary>The files with their label columns, the small ones first.</summary>
    public static readonly IReadOnlyList<(string Name, string Label)> All =
    [
        ("iris", "species"),
        ("wine", "cultivar"),
        ("penguins_raw", "Species"),
        ("breast_cancer", "diagnosis"),
        ("soybean", "Class"),
        ("digits", "digit"),
        ("satellite", "classes"),
        ("letter", "lettr"),
        ("shuttle", "Class"),
    ];

    public static async Task<BenchmarkSet> ReadAsync(string name, string label, CancellationToken cancellationToken)
    {
        var (_, choice, reading) = await DataPreparation.ReadAsync(
            BenchFiles.Data($"{name}.csv"), new DatasetSchema(Label: label), null, null, cancellationToken);
        var labels = TargetReading.ReadClasses((TextColumn)reading.Table[label], new DatasetSchema());
        return new BenchmarkSet(name, reading.Table, FeatureSelection.Select(reading.Table, choice, []), labels);
    }
}
