namespace Analytics.Benchmarks.Scoring;

/// <summary>A row as ML.NET takes it.</summary>
internal sealed class MlNetRow
{
    public float[] Features { get; set; } = [];
}

/// <summary>What ML.NET says of it.</summary>
internal sealed class MlNetAnswer
{
    public float[] Score { get; set; } = [];
}
