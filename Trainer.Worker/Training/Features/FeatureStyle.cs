namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>How columns become features, as a learner wants them.</summary>
public enum FeatureStyle
{
    /// <summary>For learners of finite numbers: medians and indicators for missing values, a feature per category.</summary>
    Indicators,

    /// <summary>For trees that know missing values: numbers as they are, a text as its category's place in an order.</summary>
    Ordered,
}
