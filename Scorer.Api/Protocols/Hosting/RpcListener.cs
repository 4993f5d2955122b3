using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Protocols.Hosting;

/// <summary>
/// Listens on <c>Scorer:GrpcPort</c> too, with HTTP/2 in clear text. Beside the addresses that the server was given, whichever way, and on the
/// same host: an endpoint set in code would take their place.
/// </summary>
internal sealed class RpcListener(IOptions<ScorerOptions> options) : IStartupFilter
{
    private const string StandardAddress = "http://localhost:5000";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        var addresses = app.ServerFeatures.Get<IServerAddressesFeature>()?.Addresses;
        if (options.Value.GrpcPort > 0 && addresses is { IsReadOnly: false })
        {
            if (addresses.Count == 0)
            {
                addresses.Add(StandardAddress); // The server's own, which it takes when it is given none.
            }

            addresses.Add($"http://{BindingAddress.Parse(addresses.First()).Host}:{options.Value.GrpcPort}");
        }

        next(app);
    };

    /// <summary>Without TLS a connection cannot negotiate: the port decides what is spoken.</summary>
    public static void ChooseProtocol(KestrelServerOptions kestrel)
    {
        var port = kestrel.ApplicationServices.GetRequiredService<IOptions<ScorerOptions>>().Value.GrpcPort;
        kestrel.ConfigureEndpointDefaults(listen =>
        {
            if (port > 0 && listen.IPEndPoint?.Port == port)
            {
                listen.Protocols = HttpProtocols.Http2;
            }
        });
    }
}
