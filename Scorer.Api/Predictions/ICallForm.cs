using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>How the outputs of a call become its answer.</summary>
internal interface IAnswerForm
{
    /// <summary>Writes the answer down; <paramref name="ids"/> has the key of each row in the history.</summary>
    void Write(Servable servable, RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids);
}

/// <summary>The form of a call whose body is read whole: how it becomes rows, and how their outputs become the answer.</summary>
internal interface ICallForm : IAnswerForm
{
    /// <summary>The content type of the answer.</summary>
    string ContentType { get; }

    /// <summary>Reads the rows into <paramref name="work"/>; null when all is well.</summary>
    ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work);
}
