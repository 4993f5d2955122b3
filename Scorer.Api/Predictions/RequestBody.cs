using System.Buffers;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>Reads a bounded body into one piece; in place where the connection's buffer already holds it whole.</summary>
internal static class RequestBody
{
    /// <summary>
    /// Waits until the body is there, and has <paramref name="read"/> look at it. A larger body is a 413; one that the
    /// client broke off is what the server says of it.
    /// </summary>
    public static async ValueTask<ScoringProblem?> ReadAsync<TState>(
        HttpRequest request, int maxBytes, TState state, BodyReader<TState> read)
    {
        if (request.ContentLength > maxBytes)
        {
            return TooLarge(maxBytes);
        }

        var body = request.BodyReader;
        try
        {
            while (true)
            {
                var result = await body.ReadAsync(request.HttpContext.RequestAborted);
                var buffer = result.Buffer;
                if (buffer.Length > maxBytes)
                {
                    body.AdvanceTo(buffer.End);
                    return TooLarge(maxBytes);
                }

                if (!result.IsCompleted)
                {
                    body.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }

                var problem = buffer.IsSingleSegment ? read(buffer.FirstSpan, state) : ReadCopy(buffer, state, read);
                body.AdvanceTo(buffer.End);
                return problem;
            }
        }
        catch (BadHttpRequestException e)
        {
            return ScoringProblem.BrokenBody(e);
        }
    }

    private static ScoringProblem? ReadCopy<TState>(in ReadOnlySequence<byte> buffer, TState state, BodyReader<TState> read)
    {
        var length = (int)buffer.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            buffer.CopyTo(copy);
            return read(copy.AsSpan(0, length), state);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static ScoringProblem TooLarge(int maxBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {maxBytes} bytes (Scorer:MaxBodyBytes); send the rows in several requests.")
        {
            Expected = $"at most {maxBytes} bytes",
        };
}

/// <summary>Looks at a whole body.</summary>
internal delegate ScoringProblem? BodyReader<in TState>(ReadOnlySpan<byte> body, TState state);
