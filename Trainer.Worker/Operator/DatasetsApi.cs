using System.ComponentModel;
using Analytics.Registry.Models;
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
    private const long HeaderBytes = 4 * 1024 * 1024;

    public static void MapDatasets(this IEndpointRouteBuilder routes)
    {
        var datasets = routes.MapGroup("/datasets").WithTags("Datasets");
        datasets.MapGet("/", ListDatasetsAsync).WithName("ListDatasets").WithSummary("List the data sets");
        datasets.MapGet("/{name}", GetDatasetAsync).WithName("GetDataset").WithSummary("Get what is known of a data set");
        datasets.MapPut("/{name}", PutDatasetAsync)
            .WithName("PutDataset").WithSummary("Upload a data set: the body is the CSV file")
            .Accepts<Stream>("text/csv", "application/octet-stream")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
    }

    private static async Task<Ok<DatasetList>> ListDatasetsAsync(DatasetStore datasets, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DatasetList(await datasets.ListAsync(cancellationToken)));

    private static async Task<Results<Ok<DatasetView>, ProblemHttpResult>> GetDatasetAsync(
        string name, DatasetStore datasets, WorkFolder work, CancellationToken cancellationToken)
    {
        if (!RegistryName.IsDataset(name))
        {
            return Problems.BadRequest(RegistryName.DatasetForm(name));
        }

        await using var data = await datasets.OpenDataAsync(name, cancellationToken);
        if (data is null)
        {
            var known = await datasets.ListAsync(cancellationToken);
            return Problems.NotFound($"There is no data set '{name}'. Upload it: PUT /datasets/{name}.", ("datasets", known));
        }

        var upload = await datasets.ReadUploadAsync(name, cancellationToken);
        // Data that came by other means than an upload, or was replaced so since, is looked at itself.
        upload = upload?.Bytes == data.Size ? upload : null;
        return TypedResults.Ok(new DatasetView(
            name,
            data.Size,
            upload?.Sha256,
            upload?.Rows,
            upload?.Columns ?? await ReadHeaderAsync(data.Content, work, cancellationToken),
            await datasets.ReadSchemaAsync(name, cancellationToken),
            await datasets.ReadSplitAsync(name, cancellationToken),
            upload?.By,
            upload?.At));
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
        [FromQuery(Name = "class"), Description("A class, in the order they shall have; repeat it for each.")] string[]? classes,
        DatasetStore datasets,
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

        using var folder = work.Create($"upload-{name}");
        var path = folder.File("data.csv");
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
            var schema = SchemaOf(label, include ?? [], exclude ?? [], text ?? [], classes ?? []);
            var upload = await intake.TakeAsync(name, path, schema, context.CallerName() ?? "unknown", cancellationToken);
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

    private static DatasetSchema? SchemaOf(string? label, string[] include, string[] exclude, string[] text, string[] classes) =>
        label is null && include.Length + exclude.Length + text.Length + classes.Length == 0
            ? null
            : new DatasetSchema(label, OrNull(include), OrNull(exclude), OrNull(classes), OrNull(text));

    private static string[]? OrNull(string[] names) => names.Length == 0 ? null : names;

    // Null when there is no readable header; the run will say what is wrong with the file.
    private static async Task<IReadOnlyList<string>?> ReadHeaderAsync(Stream data, WorkFolder work, CancellationToken cancellationToken)
    {
        using var folder = work.Create("header");
        var path = folder.File("head.csv");
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
        {
            var buffer = new byte[BufferBytes];
            int read;
            while (file.Length < HeaderBytes && (read = await data.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }

        try
        {
            using var records = new CsvRecords(path, CsvDelimiter.Of(path, null));
            return records.Header;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    internal sealed record DatasetList(IReadOnlyList<string> Datasets);

    internal sealed record UploadView(string Name, long Bytes, string Sha256, long Rows, IReadOnlyList<string> Columns);

    internal sealed record DatasetView(
        string Name,
        long Bytes,
        string? Sha256,
        long? Rows,
        IReadOnlyList<string>? Columns,
        DatasetSchema Schema,
        SplitDefinition? Split,
        string? UploadedBy,
        DateTimeOffset? UploadedAt);
}
