using Analytics.Registry.Database;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>Rows that were answered and are to be scored once more.</summary>
/// <param name="Work">The rows, as the challenger takes them.</param>
/// <param name="Request">What the rows have in common; its id ties them to those that were answered.</param>
/// <param name="FirstRow">The index, in the request, of the first of them.</param>
/// <param name="Answered">The version that answered.</param>
/// <param name="Answers">What it answered to each row: the class's index (-1: none), or the number.</param>
internal sealed record ShadowRequest(RequestWork Work, RequestRecord Request, int FirstRow, AnswerFormat Answered, float[] Answers);
