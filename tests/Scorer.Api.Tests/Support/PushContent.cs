using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A body of unknown length, sent piece by piece.</summary>
internal sealed class PushContent : HttpContent
{
    private readonly IEnumerable<string> _pieces;

    public PushContent(IEnumerable<string> pieces, string contentType = "application/json")
    {
        _pieces = pieces;
        Headers.ContentType = new MediaTypeHeaderValue(contentType);
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var piece in _pieces)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(piece), TestContext.Current.CancellationToken);
            await stream.FlushAsync(TestContext.Current.CancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
