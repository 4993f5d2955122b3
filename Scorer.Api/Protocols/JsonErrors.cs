using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols;

/// <summary>Errors that are a JSON document with the status of HTTP.</summary>
internal abstract class JsonErrors : ErrorForm
{
    // The quotes of our sentences are to be read; the content type is never taken for HTML.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override async Task WriteAsync(HttpContext context, ScoringProblem problem)
    {
        var content = new ArrayBufferWriter<byte>(256);
        await using (var writer = new Utf8JsonWriter(content, WriterOptions))
        {
            writer.WriteStartObject();
            WriteMembers(writer, problem);
            writer.WriteEndObject();
        }

        await problem.WriteAsync(context, "application/json", content);
    }

    protected abstract void WriteMembers(Utf8JsonWriter writer, ScoringProblem problem);
}
