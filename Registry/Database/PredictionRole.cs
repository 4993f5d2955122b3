namespace Analytics.Registry.Database;

/// <summary>The values of <see cref="PredictionRecord.Role"/>.</summary>
public static class PredictionRole
{
    /// <summary>The champion's answer.</summary>
    public const string Champion = "champion";

    /// <summary>The challenger's answer: a canary's, or that to a request which named the version.</summary>
    public const string Challenger = "challenger";

    /// <summary>What the challenger would have answered: nobody was given it.</summary>
    public const string Shadow = "shadow";
}
