using Analytics.Scorer.Api.Overload;
using Analytics.Scorer.Api.Predictions;
using Analytics.ServiceDefaults.ApiKeys;
using Grpc.AspNetCore.Server;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>The Open Inference Protocol over gRPC.</summary>
internal static class InferenceRpc
{
    /// <summary>The service's path.</summary>
    public const string Service = "/inference.GRPCInferenceService";

    /// <summary>The call that scores, as the history names it.</summary>
    public const string InferRoute = Service + "/ModelInfer";

    // Probes have no key.
    private static readonly string[] Open = ["ServerLive", "ServerReady", "ModelReady"];

    public static IHostApplicationBuilder AddInferenceRpc(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGrpc();
        builder.Services.AddOptions<GrpcServiceOptions>().Configure<IOptions<ScorerOptions>>((rpc, scorer) =>
        {
            rpc.MaxReceiveMessageSize = scorer.Value.MaxBodyBytes;
            // An answer is as large as its rows make it; their number has a bound.
            rpc.MaxSendMessageSize = null;
        });
        return builder;
    }

    public static void MapInferenceRpc(this IEndpointRouteBuilder app)
    {
        var keyed = app.MapGroup("").ExcludeFromDescription();
        new Some(keyed, method => !Open.Contains(method)).RequireApiKey();
        var scoring = keyed.MapGroup("");
        var infer = new Some(scoring, method => method == "ModelInfer");
        infer.RequireAdmission();
        infer.WithMetadata(new ScoringRoute(InferRoute, null, IsRpc: true), new ReadWhole());
        scoring.MapGrpcService<InferenceService>();
    }

    /// <summary>The conventions of a group for some of a service's methods.</summary>
    private sealed class Some(IEndpointConventionBuilder group, Func<string, bool> which) : IEndpointConventionBuilder
    {
        // Late: before that, a method does not know yet which one it is.
        public void Add(Action<EndpointBuilder> convention) => Finally(convention);

        public void Finally(Action<EndpointBuilder> finallyConvention) => group.Finally(endpoint => Apply(endpoint, finallyConvention));

        private void Apply(EndpointBuilder endpoint, Action<EndpointBuilder> convention)
        {
            // The methods that the framework adds, to say that there is no such method, score nothing and need no key.
            if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { } method && which(method.Method.Name))
            {
                convention(endpoint);
            }
        }
    }
}
