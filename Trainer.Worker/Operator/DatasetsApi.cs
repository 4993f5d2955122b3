using System.ComponentModel;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Data.Reading;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Data sets: upload, list, look.</summary>
internal static class DatasetsApi
{
    private const int BufferBytes = 128 * 1024;

    public static void MapDatasets(this IEndpointRouteBuilder routes)
    {
        var datasets = routes.MapGroup("/datasets").WithTags("Datasets");
        datasets.MapGet("/", ListDatasetsAsync).WithName("ListDatasets").WithSummary("List the data sets");
        datasets.MapGet("/{name}", GetDatasetAsync).WithName("GetDataset").WithSummary("Get what is known of a data set, with its profile");
        datasets.MapPut("/{name}", PutDatasetAsync)
            .WithName("PutDataset").WithSummary("Upload a data set: the body is a CSV, TSV, Parquet or NDJSON file, gzip or not")
            .Accepts<Stream>("text/csv", "text/tab-separated-values", "application/vnd.apache.parquet", "application/x-ndjson", "application/octet-stream")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
    }

    private static async Task<Ok<DatasetList>> ListDatasetsAsync(
        DatasetStore datasets, DatabaseDatasets databases, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DatasetList([.. (await datasets.ListAsync(cancellationToken)).Union(databases.Names).Order(StringComparer.Ordinal)]));

    private static async Task<Results<Ok<DatasetView>, ProblemHttpResult>> GetDatasetAsync(
        string name, DatasetStore datasets, DatasetProfiles profiles, CancellationToken cancellationToken)
    {
        if (!RegistryName.IsDataset(name))
        {
            return Problems.BadRequest(RegistryName.DatasetForm(name));
        }

        var files = await datasets.FilesAsync(name, cancellationToken);
        if (files.Count == 0)
        {
            var known = await datasets.ListAsync(cancellationToken);
            return Problems.NotFound($"There is no data set '{name}'. Upload it: PUT /datasets/{name}.", ("datasets", known));
        }

        var bytes = files.Sum(f => f.Size);
        var upload = await datasets.ReadUploadAsync(name, cancellationToken);
        // Data that came by other means than an upload, or was replaced so since, is looked at itself.
        upload = upload?.Bytes == bytes ? upload : null;
        var schema = await datasets.ReadSchemaAsync(name, cancellationToken);
        var found = await profiles.OfAsync(name, files, schema, cancellationToken);
        return TypedResults.Ok(new DatasetView(
            name,
            bytes,
            [.. files.Select(f => f.Key[StoreKeys.Dataset(name).Length..])],
            upload?.Sha256,
            upload?.Rows ?? found.Profile?.Rows,
            upload?.Columns ?? found.Columns,
            schema,
            await datasets.ReadSplitAsync(name, cancellationToken),
            upload?.By,
            upload?.At,
            found.Profile,
            found.Error));
    }

    /// <summary>
    /// Stores the body as a data set (201), or replaces the one of that name (200), which keeps its split. What the query says
    /// replaces all that was said of the data set before; a query that says nothing keeps it.
    /// </summary>
    private static async Task<Results<Ok<UploadView>, Created<UploadView>, ProblemHttpResult>> PutDatasetAsync(
        string name,
        [FromQuery, Description("The label column.")] string? label,
        [FromQuery, Description("The only columns to use; repeat it for each.")] string[]? include,
        [FromQuery, Description("A column to leave out; repeat it for each.")] string[]? exclude,
        [FromQuery, Description("A column of names that look like numbers; repeat it for each.")] string[]? text,
        [FromQuery, Description("A column of numbers, in which any text is a fault; repeat it for each.")] string[]? number,
        [FromQuery, Description("A column of true and false, 1 and 0 too; repeat it for each.")] string[]? boolean,
        [FromQuery, Description("A column of dates, in which any other text is a fault; repeat it for each.")] string[]? date,
        [FromQuery, Description("The form of those dates, as %d.%m.%Y. ISO 8601 when absent.")] string? dateFormat,
        [FromQuery, Description("A text that means a missing value beside the usual ones; repeat it for each.")] string[]? missing,
        [FromQuery, Description("How rows are held out: hash, time or group. By hash when absent.")] string? splitBy,
        [FromQuery, Description("The column of the times or groups.")] string? splitColumn,
        [FromQuery, Description("The share held out, 0.05 to 0.5. 0.2 when absent.")] double? splitShare,
        [FromQuery, Description("classes or number: what the label is. Found out when absent.")] string? target,
        [FromQuery, Description("What separates a CSV file's columns, one character. Found out when absent.")] string? delimiter,
        [FromQuery(Name = "decimal"), Description("The decimal sign of the numbers, a point or a comma. A point when absent.")] string? decimalSign,
        [FromQuery, Description("What stands between thousands. Nothing when absent.")] string? thousands,
        [FromQuery(Name = "class"), Description("A class, in the order they shall have; repeat it for each.")] string[]? classes,
        DatasetStore datasets,
        DatabaseDatasets databases,
        DatasetStoreIntake intake,
        WorkFolder work,
        IOptions<TrainerOptions> options,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (!RegistryName.IsDataset(name))
        {
            return Problems.BadRequest(RegistryName.DatasetForm(name));
        }

        if (databases.Has(name))
        {
            return Problems.Conflict($"'{name}' is a query's result or a model's feedback, which each run reads anew. Choose another name.");
        }

        using var folder = work.Create($"upload-{name}");
        var path = folder.File("upload");
        if (!await ReceiveAsync(context, path, options.Value.MaxDatasetBytes, cancellationToken))
        {
            return Problems.Problem(
                StatusCodes.Status413PayloadTooLarge,
                "The data set is too large.",
                $"A data set has at most {options.Value.MaxDatasetBytes} bytes (Trainer:MaxDatasetBytes).");
        }

        var replaces = await datasets.ExistsAsync(name, cancellationToken);
        try
        {
            var schema = SchemaOf(new DatasetSchema(label, OrNull(include), OrNull(exclude), OrNull(classes), OrNull(text), TargetOf(target))
            {
                Number = OrNull(number),
                Boolean = OrNull(boolean),
                Date = OrNull(date),
                DateFormat = dateFormat,
                Missing = OrNull(missing),
                Split = splitBy is null && splitColumn is null && splitShare is null ? null : new SplitChoice(splitBy ?? "", splitColumn, splitShare),
                Delimiter = delimiter,
                DecimalSign = decimalSign,
                Thousands = thousands,
            });
            var upload = await intake.TakeAsync(
                name,
                path,
                schema,
                context.CallerName() ?? "unknown",
                cancellationToken,
                DataFormats.OfMediaType(context.Request.ContentType),
                options.Value.MaxDatasetBytes);
            var view = new UploadView(name, upload.Bytes, upload.Sha256, upload.Rows, upload.Columns);
            return replaces ? TypedResults.Ok(view) : TypedResults.Created($"/datasets/{name}", view);
        }
        catch (InvalidInputException e)
        {
            return Problems.BadRequest(e.Message);
        }
    }

    // False when the body is larger than the bound. An upload that stops half-way throws, and nothing is stored.
    private static async Task<bool> ReceiveAsync(HttpContext context, string path, long bound, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength > bound)
        {
            return false;
        }

        // The server's own bound is for documents; this body has one of its own, counted below.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = null;
        }

        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (file.Length + read > bound)
            {
                return false;
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return true;
    }

    private static DatasetSchema? SchemaOf(DatasetSchema said) => said == new DatasetSchema() ? null : said;

    private static TargetKind? TargetOf(string? target) => target switch
    {
        null => null,
        "classes" => TargetKind.Classes,
        "number" => TargetKind.Number,
        _ => throw new InvalidInputException($"'target' is classes or number; found '{target}'."),
    };

    private static string[]? OrNull(string[]? names) => names is { Length: > 0 } ? names : null;

    internal sealed record DatasetList(IReadOnlyList<string> Datasets);

    internal sealed record UploadView(string Name, long Bytes, string Sha256, long Rows, IReadOnlyList<string> Columns);

    internal sealed record DatasetView(
        string Name,
        long Bytes,
        IReadOnlyList<string> Files,
        string? Sha256,
        long? Rows,
        IReadOnlyList<string>? Columns,
        DatasetSchema Schema,
        SplitDefinition? Split,
        string? UploadedBy,
        DateTimeOffset? UploadedAt,
        DatasetProfile? Profile,
        string? Fault);
}
