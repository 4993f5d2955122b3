using System.Buffers;
using System.Text.Json;

namespace Analytics.Scorer.Api.Protocols;

/// <summary>Small JSON answers.</summary>
internal static class JsonAnswer
{
    /// <summary>Answers with an object.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> writeMembers)
    {
        var content = new ArrayBufferWriter<byte>(256);
        await using (var writer = new Utf8JsonWriter(content))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        await SendAsync(context, status, content);
    }

    /// <summary>Answers with an array.</summary>
    public static async Task WriteListAsync(HttpContext context, Action<Utf8JsonWriter> writeElements)
    {
        var content = new ArrayBufferWriter<byte>(256);
        await using (var writer = new Utf8JsonWriter(content))
        {
            writer.WriteStartArray();
            writeElements(writer);
            writer.WriteEndArray();
        }

        await SendAsync(context, StatusCodes.Status200OK, content);
    }

    private static async Task SendAsync(HttpContext context, int status, ArrayBufferWriter<byte> content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = content.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(content.WrittenMemory, context.RequestAborted);
    }
}
