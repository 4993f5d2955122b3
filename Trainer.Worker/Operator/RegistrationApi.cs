using System.ComponentModel;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Models trained elsewhere.</summary>
internal static class RegistrationApi
{
    private const string ModelFile = "model.onnx";
    private const string GoldenFile = "sent-golden.json";
    private const long OtherParts = 16 * 1024 * 1024;

    public static void MapRegistration(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/models/{model}/versions", RegisterAsync)
            .WithName("RegisterVersion").WithSummary("Register a version from an ONNX file trained elsewhere").WithTags("Models")
            .DisableAntiforgery()
            .Accepts<IFormFile>("multipart/form-data")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);

    /// <summary>The parts: <c>model</c> (the file), <c>signature</c> (JSON), and optionally <c>golden</c> (JSON), <c>dataset</c>, <c>promote</c>, <c>reason</c>.</summary>
    private static async Task<Results<Created<RegisteredView>, ProblemHttpResult>> RegisterAsync(
        [Description("The model's name.")] string model,
        ModelRegistration registration,
        WorkFolder work,
        IOptions<TrainingOptions> options,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (!RegistryName.IsModel(model))
        {
            return Problems.BadRequest(RegistryName.ModelForm(model));
        }

        if (!context.Request.HasFormContentType)
        {
            return Problems.BadRequest("The body is multipart/form-data with the parts 'model' (the .onnx file) and 'signature' (JSON).");
        }

        var bound = options.Value.MaxModelBytes + OtherParts;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = bound;
        }

        using var folder = work.Create($"register-{model}");
        try
        {
            var form = await context.Request.ReadFormAsync(
                new FormOptions { MultipartBodyLengthLimit = bound, ValueLengthLimit = (int)OtherParts }, cancellationToken);
            var request = await ReadAsync(form, model, folder, options.Value.MaxModelBytes, cancellationToken);
            var (manifest, promoted) = await registration.RegisterAsync(
                model, request, folder, context.CallerName() ?? "unknown", cancellationToken);
            return TypedResults.Created($"/models/{model}/versions/{manifest.Version}", new RegisteredView(manifest.Version, promoted, manifest));
        }
        catch (InvalidInputException e)
        {
            return Problems.BadRequest(e.Message);
        }
        catch (InvalidDataException e)
        {
            // What the form's reader throws for a part over its bound or a broken boundary.
            return Problems.BadRequest($"The form cannot be read: {e.Message}");
        }
    }

    private static async Task<Registration> ReadAsync(
        IFormCollection form, string model, Scratch folder, long bound, CancellationToken cancellationToken)
    {
        var file = form.Files["model"] ?? throw new InvalidInputException("The part 'model', the .onnx file, is missing.");
        if (file.Length > bound)
        {
            throw new InvalidInputException($"The model has {file.Length} bytes; the limit is {bound} (Training:MaxModelBytes).");
        }

        await SaveAsync(file, folder.File(ModelFile), cancellationToken);
        var signature = ReadSignature(await TextAsync(form, "signature", cancellationToken), model);
        var golden = await TextAsync(form, "golden", cancellationToken);
        if (golden is not null)
        {
            await File.WriteAllTextAsync(folder.File(GoldenFile), golden, cancellationToken);
        }

        var dataset = await TextAsync(form, "dataset", cancellationToken);
        if (dataset is not null && !RegistryName.IsDataset(dataset))
        {
            throw new InvalidInputException(RegistryName.DatasetForm(dataset));
        }

        var promote = PromotePolicy.Auto;
        return await TextAsync(form, "promote", cancellationToken) is { } policy && !EnumNames.TryParse(policy, out promote)
            ? throw new InvalidInputException($"'promote' is one of {EnumNames.Policies}; found '{policy}'.")
            : new Registration(
                ModelFile, signature, golden is null ? null : GoldenFile, dataset, promote, await TextAsync(form, "reason", cancellationToken));
    }

    private static Signature ReadSignature(string? json, string model)
    {
        Signature signature;
        try
        {
            signature = JsonSerializer.Deserialize(json ?? throw new InvalidInputException("The part 'signature' is missing."), RegistryJson.Default.Signature)
                ?? throw new InvalidInputException("The signature is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(
                "The signature is not as expected, {\"inputs\": [{\"name\", \"type\": \"number\" or \"text\", \"required\", \"categories\"}], "
                + $"\"output\": {{\"name\", \"kind\": \"classes\" or \"number\", \"classes\"}}}}: {e.Message}");
        }

        // The rules of a manifest, told before anything is run; the file is described later.
        var manifest = new Manifest
        {
            Model = model,
            Version = 1,
            RunId = Guid.Empty,
            Created = default,
            Algorithm = "",
            Signature = signature,
            Files = [new ModelFile(FileRole.Model, 0, new string('0', 64))],
        };
        return ManifestRules.FindFault(manifest, model, 1) is { } fault
            ? throw new InvalidInputException($"The signature cannot be used: {fault}")
            : signature;
    }

    // A part may be a field or a file.
    private static async Task<string?> TextAsync(IFormCollection form, string name, CancellationToken cancellationToken)
    {
        if (form.Files[name] is not { } file)
        {
            return form.TryGetValue(name, out var value) ? value.ToString() : null;
        }

        if (file.Length > OtherParts)
        {
            throw new InvalidInputException($"The part '{name}' has {file.Length} bytes; the limit is {OtherParts}.");
        }

        using var reader = new StreamReader(file.OpenReadStream());
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private static async Task SaveAsync(IFormFile file, string path, CancellationToken cancellationToken)
    {
        await using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await file.CopyToAsync(target, cancellationToken);
    }

    internal sealed record RegisteredView(int Version, bool Promoted, Manifest Manifest);
}
