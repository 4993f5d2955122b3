namespace Analytics.Registry.Database;

/// <summary>One scored row. The table is partitioned by day of <see cref="Time"/>, with a default partition.</summary>
public sealed class PredictionRecord
{
    /// <summary>UUIDv7; the <c>id</c> of the answer.</summary>
    public required Guid Id { get; init; }

    /// <summary>When the request arrived (UTC); the partition key.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The request it belongs to.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The row's index in the request, from 0.</summary>
    public required int Row { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version that answered.</summary>
    public required int Version { get; init; }

    /// <summary>The inputs by column name, as JSON; missing values are null.</summary>
    public required string Features { get; init; }

    /// <summary>The class index in the signature's order, or the number.</summary>
    public required double Prediction { get; init; }

    /// <summary>The class's own value; null for a regression.</summary>
    public string? Label { get; init; }

    /// <summary>The probabilities in the signature's order; null for a regression.</summary>
    public float[]? Probabilities { get; init; }

    /// <summary>Who scored it, and whether it was answered: one of <see cref="PredictionRole"/>.</summary>
    public string Role { get; init; } = PredictionRole.Champion;
}
