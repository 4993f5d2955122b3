using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>What can be known to be wrong with a request before any training: told at once instead of by a failed run.</summary>
internal sealed class TrainingRequestRules(DatasetStore datasets, DatabaseDatasets databases)
{
    private const string Members = "dataset, label, include, exclude, algorithm, parameters, promote, target, metric, budget, timeLimit, tolerance, recallFloor, split, schema and reason";

    /// <summary>The request to queue, or the problem.</summary>
    public async Task<(RunRequest? Request, ProblemHttpResult? Fault)> CheckAsync(
        string model, TrainingRequest body, CancellationToken cancellationToken)
    {
        if (body.Unknown is { Count: > 0 })
        {
            return Fault($"Unknown member '{body.Unknown.Keys.First()}'; expected {Members}.");
        }

        if (!RegistryName.IsModel(model))
        {
            return Fault(RegistryName.ModelForm(model));
        }

        var promote = PromotePolicy.Auto;
        if (body.Promote is not null && !EnumNames.TryParse(body.Promote, out promote))
        {
            return Fault($"'promote' is one of {EnumNames.Policies}; found '{body.Promote}'.");
        }

        if ((EmptyName(body.Label) ?? EmptyName(body.Include) ?? EmptyName(body.Exclude)) is { } empty)
        {
            return Fault(empty);
        }

        if (TrainingChoiceRules.FindFault(body) is { } choiceFault)
        {
            return Fault(choiceFault);
        }

        var algorithm = body.Algorithm ?? CandidateCatalog.Default;
        var parameters = body.Parameters ?? [];
        try
        {
            CandidatePlan.Of(algorithm, parameters, body.Budget);
        }
        catch (InvalidInputException e)
        {
            return Fault(e.Message);
        }

        return await FindDatasetFaultAsync(body.Dataset, cancellationToken) is { } fault
            ? (null, fault)
            : (new RunRequest
            {
                Model = model,
                Dataset = body.Dataset!,
                Algorithm = algorithm,
                RequestedBy = "",
                Label = body.Label,
                Include = body.Include,
                Exclude = body.Exclude,
                Parameters = parameters,
                Promote = promote,
                Choices = TrainingChoiceRules.Of(body),
            }, null);
    }

    private async Task<ProblemHttpResult?> FindDatasetFaultAsync(string? dataset, CancellationToken cancellationToken)
    {
        if (dataset is not null && !RegistryName.IsDataset(dataset))
        {
            return Problems.BadRequest(RegistryName.DatasetForm(dataset));
        }

        if (dataset is not null && (databases.Has(dataset) || await datasets.ExistsAsync(dataset, cancellationToken)))
        {
            return null;
        }

        IReadOnlyList<string> known = [.. await datasets.ListAsync(cancellationToken), .. databases.Names];
        var names = known.Count == 0 ? "there is none yet" : $"there are {NameList.Of(known)}";
        return Problems.BadRequest(
            dataset is null
                ? $"'dataset' is missing; {names}."
                : $"There is no data set '{dataset}'; {names}. Upload it with PUT /datasets/{dataset}.",
            ("datasets", known));
    }

    private static string? EmptyName(string? label) => label is "" ? "'label' is empty; name a column or leave it out." : null;

    private static string? EmptyName(IReadOnlyList<string?>? names) =>
        names is not null && names.Any(string.IsNullOrEmpty) ? "'include' and 'exclude' hold column names; found an empty one." : null;

    private static (RunRequest?, ProblemHttpResult?) Fault(string detail) => (null, Problems.BadRequest(detail));
}
