using System.Globalization;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Scorer.Client;
using Analytics.Scorer.Client.Models;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;
using Microsoft.Kiota.Http.HttpClientLibrary;
using static Analytics.Scorer.Client.Feedback.FeedbackRequestBuilder;

namespace Analytics.Scorer.Api.Tests.Client;

/// <summary>The client that is generated from the scorer's description: it is kept as it is generated, and speaks with a running scorer.</summary>
public sealed class GeneratedClientTests(FlowerScorer fixture) : IClassFixture<FlowerScorer>
{
    private readonly ScorerClient _client = new(
        new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: fixture.Scorer.Client)
        {
            BaseUrl = fixture.Scorer.Client.BaseAddress!.ToString().TrimEnd('/'),
        });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_GeneratedAgain_IsTheOneThatIsKept()
    {
        var description = await fixture.Scorer.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel);
        await ClientGenerator.GenerateAsync(description, Cancel);

        var kept = ClientGenerator.Read(ClientGenerator.Kept);
        var fresh = ClientGenerator.Read(ClientGenerator.Fresh);
        var other = kept.Keys.Union(fresh.Keys).Where(f => kept.GetValueOrDefault(f) != fresh.GetValueOrDefault(f)).ToList();
        Assert.True(
            other.Count == 0,
            $"The description has changed, and the client with it: put the files of {ClientGenerator.Fresh} in place of those of {ClientGenerator.Kept} ({string.Join(", ", other)}).");
    }

    [Fact]
    public async Task Predict_ByPositionAndByName_AnswerTheSame()
    {
        var byPosition = await _client.Predict.PostAsync(new PredictRequest { Features = Row(5.1, 3.5, 1.4, 0.2) }, cancellationToken: Cancel);
        var byName = await _client.Predict.PostAsync(
            new PredictRequest
            {
                Features = new UntypedObject(new Dictionary<string, UntypedNode>
                {
                    ["petal_width"] = new UntypedDouble(0.2),
                    ["petal_length"] = new UntypedDouble(1.4),
                    ["sepal_width"] = new UntypedDouble(3.5),
                    ["sepal_length"] = new UntypedDouble(5.1),
                }),
            },
            cancellationToken: Cancel);

        Assert.Equal(("iris", 1), (byPosition!.Model, byPosition.Version));
        Assert.Contains(byPosition.Label!, byPosition.Probabilities!.AdditionalData.Keys);
        Assert.NotEqual(Guid.Empty, byPosition.Id);
        Assert.Equal((byPosition.Label, byPosition.Prediction), (byName!.Label, byName.Prediction));
        Assert.Equal(Probabilities(byPosition.Probabilities.AdditionalData), Probabilities(byName.Probabilities!.AdditionalData));
    }

    [Fact]
    public async Task Predict_ManyRowsOfTextsAndMissing_AnswersEachInOrder()
    {
        var rows = new[] { Row(1.5, 3, "red", "süd"), Row(2, null, null, "elsewhere") };
        var single = await Task.WhenAll(rows.Select(r => _client.Models["flowers"].Predict.PostAsync(new PredictRequest { Features = r }, cancellationToken: Cancel)));

        var byModel = await _client.Models["flowers"].Predict.PostAsync(new PredictRequest { Instances = [.. rows] }, cancellationToken: Cancel);
        var byVersion = await _client.Models["flowers"].Versions[1].Predict.PostAsync(new PredictRequest { Instances = [.. rows] }, cancellationToken: Cancel);

        Assert.Equal(single.Select(s => s!.Label), byModel!.Predictions!.Select(p => p.Label));
        Assert.Equal(single.Select(s => s!.Label), byVersion!.Predictions!.Select(p => p.Label));
        Assert.Equal(2, byModel.Predictions!.Select(p => p.Id).Distinct().Count());
    }

    [Fact]
    public async Task Predict_ARegression_HasANumberAndNoLabel()
    {
        var answer = await _client.Models["size"].Predict.PostAsync(new PredictRequest { Features = Row(1.5, 3, "red", "süd") }, cancellationToken: Cancel);

        Assert.NotNull(answer!.Prediction);
        Assert.Null(answer.Label);
        Assert.Null(answer.Probabilities);
    }

    [Fact]
    public async Task Predict_ABadRow_ThrowsTheProblemWithItsPlace()
    {
        var problem = await Assert.ThrowsAsync<Problem>(() => _client.Predict.PostAsync(
            new PredictRequest { Instances = [Row(5.1, 3.5, 1.4, 0.2), Row(5.1, "wide", 1.4, 0.2)] }, cancellationToken: Cancel));

        Assert.Equal((400, 400L, 1L, "sepal_width"), (problem.ResponseStatusCode, problem.Status, problem.Row, problem.Column));
        Assert.NotEmpty(problem.Expected!);
        Assert.Contains("wide", problem.Found, StringComparison.Ordinal);
        Assert.NotEmpty(problem.TraceId!);
    }

    [Fact]
    public async Task Predict_AnUnknownModelOrVersion_ThrowsTheProblem()
    {
        var request = new PredictRequest { Features = Row(5.1, 3.5, 1.4, 0.2) };

        var model = await Assert.ThrowsAsync<Problem>(() => _client.Models["none"].Predict.PostAsync(request, cancellationToken: Cancel));
        var version = await Assert.ThrowsAsync<Problem>(() => _client.Models["iris"].Versions[7].Predict.PostAsync(request, cancellationToken: Cancel));

        Assert.Equal((404, 404), (model.ResponseStatusCode, version.ResponseStatusCode));
    }

    [Fact]
    public async Task Feedback_OneAndMany_AreAccepted()
    {
        var answer = await _client.Predict.PostAsync(
            new PredictRequest { Instances = [Row(5.1, 3.5, 1.4, 0.2), Row(6.7, 3, 5.2, 2.3)] }, cancellationToken: Cancel);
        var outcomes = answer!.Predictions!
            .Select(p => new Outcome { PredictionId = p.Id, Actual = new Outcome.Outcome_actual { String = "setosa" } }).ToList();

        var one = await _client.Feedback.PostAsync(new FeedbackPostRequestBody { FeedbackPostRequestBodyOutcome = outcomes[0] }, cancellationToken: Cancel);
        var many = await _client.Feedback.PostAsync(new FeedbackPostRequestBody { Outcome = outcomes }, cancellationToken: Cancel);

        Assert.Equal((1, 2), (one!.Accepted, many!.Accepted));
    }

    [Fact]
    public async Task Feedback_AnIdTwice_ThrowsTheProblem()
    {
        var outcome = new Outcome { PredictionId = Guid.CreateVersion7(), Actual = new Outcome.Outcome_actual { Double = 1 } };

        var problem = await Assert.ThrowsAsync<Problem>(() =>
            _client.Feedback.PostAsync(new FeedbackPostRequestBody { Outcome = [outcome, outcome] }, cancellationToken: Cancel));

        Assert.Equal((400, 1L), (problem.ResponseStatusCode, problem.Row));
    }

    [Fact]
    public async Task Models_ListAndOne_HaveVersionsAndSignature()
    {
        var list = await _client.Models.GetAsync(cancellationToken: Cancel);
        var iris = await _client.Models["iris"].GetAsync(cancellationToken: Cancel);
        var unknown = await Assert.ThrowsAsync<ProblemDetails>(() => _client.Models["none"].GetAsync(cancellationToken: Cancel));

        var found = Assert.Single(list!.Models!, m => m.Name == "iris");
        Assert.Equal((true, 1, VersionState.Ready), (found.Default, found.Version, found.Versions!.Single().State));
        Assert.Equal(
            [("sepal_length", ColumnType.Number), ("sepal_width", ColumnType.Number), ("petal_length", ColumnType.Number), ("petal_width", ColumnType.Number)],
            iris!.Signature!.Inputs!.Select(c => (c.Name!, c.Type!.Value)));
        Assert.Equal((OutputKind.Classes, "setosa, versicolor, virginica"), (iris.Signature.Output!.Kind, string.Join(", ", iris.Signature.Output.Classes!)));
        Assert.Equal(404, unknown.ResponseStatusCode);
    }

    private static UntypedArray Row(params object?[] cells) => new(cells.Select(cell => cell switch
    {
        null => (UntypedNode)new UntypedNull(),
        string text => new UntypedString(text),
        _ => new UntypedDouble(Convert.ToDouble(cell, CultureInfo.InvariantCulture)),
    }));

    private static IEnumerable<string> Probabilities(IDictionary<string, object> members) =>
        members.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value}")).Order(StringComparer.Ordinal);
}
