namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// How a data set is split (<c>datasets/{name}/split.json</c>), fixed at its first training: a row is held out when the salted
/// hash of its values in <paramref name="Columns"/> falls under <paramref name="HoldoutShare"/>. Equal rows stay on one side,
/// and a row once held out is never trained on, whatever is added later.
/// </summary>
/// <param name="Salt">Mixed into the hash; the data set's name unless said otherwise.</param>
/// <param name="Columns">The feature columns that are hashed, in this order.</param>
/// <param name="HoldoutShare">The share held out, 0 to 1; 0.2 by default.</param>
public sealed record SplitDefinition(string Salt, IReadOnlyList<string> Columns, double HoldoutShare = 0.2);
