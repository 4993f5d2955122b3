namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>How one input column becomes features.</summary>
/// <param name="Name">The column's name.</param>
public abstract record ColumnEncoding(string Name);

/// <summary>A number stands for itself.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Median">
/// Stands where the number is missing: the median of the training rows. NaN where a missing number is left to the learner.
/// </param>
/// <param name="Optional">True when some row of the data has no value, so that a missing one is accepted and replaced.</param>
/// <param name="Indicator">True when training rows had missing values: a second feature is 1 where it is missing.</param>
public sealed record NumberEncoding(string Name, float Median, bool Optional, bool Indicator) : ColumnEncoding(Name);

/// <summary>A text becomes a feature per category, 1 in its own and 0 in the others; an unseen text is 0 in all of them.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Categories">The categories in ordinal order.</param>
/// <param name="Optional">True when some row of the data has no value.</param>
/// <param name="Indicator">
/// True when training rows had missing values: one more feature is 1 where it is missing. Without it a missing text is like an
/// unseen one.
/// </param>
public sealed record TextEncoding(string Name, IReadOnlyList<string> Categories, bool Optional, bool Indicator) : ColumnEncoding(Name);

/// <summary>
/// A text becomes one feature, the place of its category in an order; see <see cref="CategoryOrder"/>. A missing text is NaN.
/// </summary>
/// <param name="Name">The column's name.</param>
/// <param name="Categories">The categories in ordinal order.</param>
/// <param name="Codes">For each category its place, from 0.</param>
/// <param name="Unseen">The place of any other text: where the average row would stand.</param>
/// <param name="Optional">True when some row of the data has no value.</param>
public sealed record OrderedTextEncoding(
    string Name, IReadOnlyList<string> Categories, IReadOnlyList<float> Codes, float Unseen, bool Optional) : ColumnEncoding(Name);
