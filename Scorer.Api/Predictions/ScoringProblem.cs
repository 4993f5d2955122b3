using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Analytics.Scorer.Api.Protocols;
using Analytics.Scorer.Api.Serving;
using Microsoft.AspNetCore.WebUtilities;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// Why a request is not answered with predictions: an RFC 9457 problem document (<c>type</c>, <c>title</c>, <c>status</c>,
/// <c>detail</c>, <c>traceId</c>) with <c>row</c> (from 0), <c>column</c>, <c>expected</c>, <c>found</c>, <c>line</c> and
/// <c>byte</c> (from 1) where they apply. What came from the caller is cut at 100 characters.
/// </summary>
internal sealed record ScoringProblem(int Status, string Detail) : IResult
{
    /// <summary>The content type of problem documents.</summary>
    public const string ContentType = "application/problem+json";

    // The quotes of our sentences are to be read; the content type is never taken for HTML.
    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int? Row { get; init; }

    public string? Column { get; init; }

    public string? Expected { get; init; }

    public string? Found { get; init; }

    public long? Line { get; init; }

    public long? Byte { get; init; }

    /// <summary>Seconds after which the same request may succeed (<c>Retry-After</c>).</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The detail without anything that came in the body, names of unknown members and columns included.</summary>
    public string DetailWithoutInput =>
        Status is not (StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge) ? Detail
        : Expected is null ? ReasonPhrases.GetReasonPhrase(Status)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{(Row is { } row ? $"Row {row}" : Line is { } line ? $"Line {line}, byte {Byte}" : "The body")}: expected {Expected}.");

    /// <summary>Found another thing than expected, at a place in a row.</summary>
    public static ScoringProblem Cell(int row, string? column, string expected, string found, string? advice = null)
    {
        var shownColumn = column is null ? null : FoundText.Show(column);
        var place = shownColumn is null ? $"Row {row}" : $"Row {row}, column '{shownColumn}'";
        return new ScoringProblem(
            StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{place}: expected {expected}, found {found}.{advice}"))
        {
            Row = row,
            Column = shownColumn,
            Expected = expected,
            Found = found,
        };
    }

    /// <summary>Found another thing than expected in the body as a whole.</summary>
    public static ScoringProblem Body(string expected, string found) =>
        new(StatusCodes.Status400BadRequest, $"The body: expected {expected}, found {found}.") { Expected = expected, Found = found };

    /// <summary>Found another thing than expected in one of the named parts of the body: a tensor, a member.</summary>
    public static ScoringProblem Part(string part, string expected, string found) =>
        new(StatusCodes.Status400BadRequest, $"{part}: expected {expected}, found {found}.") { Expected = expected, Found = found };

    public static ScoringProblem TooManyRows(int maxRows) => new(
        StatusCodes.Status413PayloadTooLarge, $"The request has more than {maxRows} rows (Scorer:MaxRows); send them in several requests.")
    {
        Expected = $"at most {maxRows} rows",
    };

    /// <summary>What the server says of a body that broke off or was too slow.</summary>
    public static ScoringProblem BrokenBody(BadHttpRequestException e) => new(e.StatusCode, $"The body could not be read: {e.Message}");

    public static ScoringProblem UnknownModel(string model, ServingSnapshot snapshot) => new(
        StatusCodes.Status404NotFound,
        $"There is no model '{FoundText.Show(model)}'. {Known(snapshot)}")
    { Found = FoundText.Show(model) };

    public static ScoringProblem NoDefaultModel(ServingSnapshot snapshot) => new(
        StatusCodes.Status404NotFound,
        $"No default model is configured (Scorer:DefaultModel); ask a model by name at /models/{{model}}/predict. {Known(snapshot)}");

    public static ScoringProblem NotLoaded(ServedModel model) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"Model '{model.Name}' has no loaded version yet: "
        + (model.Problem is { } problem ? FoundText.Show(problem)
            : model.Wanted is { } wanted ? $"version {wanted} is being loaded." : "it has no champion; train or promote a version."))
    {
        RetryAfter = 1,
    };

    public static ScoringProblem VersionNotLoaded(ServedModel model, string version, Servable? challenger = null) => new(
        StatusCodes.Status404NotFound,
        $"Version '{FoundText.Show(version)}' of model '{model.Name}' is not loaded; loaded: "
        + (model.Loaded.Count == 0 ? "none" : string.Join(", ", model.Loaded.Append(challenger).OfType<Servable>().Select(s => s.Version))) + ".")
    {
        Found = FoundText.Show(version),
    };

    /// <summary>Writes the document; where the answer has begun already, it can only end.</summary>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (response.HasStarted)
        {
            httpContext.Abort();
            return;
        }

        httpContext.Features.Set(this);
        await (ErrorForm.Of(httpContext) is { } form ? form.WriteAsync(httpContext, this) : WriteAsync(httpContext, ContentType, Serialize()));
    }

    /// <summary>Answers with the problem's status and a document that says the problem.</summary>
    internal async Task WriteAsync(HttpContext httpContext, string contentType, ArrayBufferWriter<byte> content)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = contentType;
        response.ContentLength = content.WrittenCount;
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        await response.BodyWriter.WriteAsync(content.WrittenMemory, httpContext.RequestAborted);
    }

    private ArrayBufferWriter<byte> Serialize()
    {
        var content = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(content, WriterOptions);
        WriteTo(writer);
        writer.Flush();
        return content;
    }

    /// <summary>Writes the document as a JSON object.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "about:blank");
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
        writer.WriteNumber("status", Status);
        writer.WriteString("detail", Detail);
        WriteOptional(writer, "row", Row);
        WriteOptional(writer, "column", Column);
        WriteOptional(writer, "expected", Expected);
        WriteOptional(writer, "found", Found);
        WriteOptional(writer, "line", Line);
        WriteOptional(writer, "byte", Byte);
        WriteOptional(writer, "traceId", Activity.Current?.TraceId.ToHexString());
        writer.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static string Known(ServingSnapshot snapshot) =>
        snapshot.Models.Count == 0
            ? "No model is known yet."
            : $"Known: {string.Join(", ", snapshot.Models.Keys.Order(StringComparer.Ordinal).Take(50))}.";
}
