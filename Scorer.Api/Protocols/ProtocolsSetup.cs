using Analytics.Scorer.Api.Protocols.Hosting;
using Analytics.Scorer.Api.Protocols.Invocations;
using Analytics.Scorer.Api.Protocols.OpenInference;

namespace Analytics.Scorer.Api.Protocols;

/// <summary>Adds the protocols of other servers.</summary>
internal static class ProtocolsSetup
{
    public static IHostApplicationBuilder AddProtocols(this IHostApplicationBuilder builder)
    {
        // Before the framework's own writer, which takes whatever is left.
        builder.Services.AddSingleton<IProblemDetailsWriter, ProtocolProblemWriter>();
        builder.Services.AddSingleton<OpenInferenceHandler>();
        builder.Services.AddSingleton<InvocationsHandler>();
        builder.Services.AddSingleton<IStartupFilter, RpcListener>();
        builder.AddInferenceRpc();
        return builder;
    }

    public static void MapProtocols(this IEndpointRouteBuilder app)
    {
        app.MapOpenInference();
        app.MapInferenceRpc();
        app.MapInvocations();
    }
}
