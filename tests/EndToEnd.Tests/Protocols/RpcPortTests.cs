using Analytics.Testing.Inference;
using Aspire.Hosting.Testing;
using Grpc.Net.Client;

namespace Analytics.EndToEnd.Tests.Protocols;

/// <summary>gRPC on the running application.</summary>
public sealed class RpcPortTests(AppHostFixture fixture)
{
    [Fact]
    public async Task Start_AppHost_OpensThePortForGrpc()
    {
        var app = await fixture.AppAsync();
        using var channel = GrpcChannel.ForAddress(app.Application.GetEndpoint("scorer", "grpc"));
        var rpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);

        var ready = await rpc.ModelReadyAsync(new ModelReadyRequest { Name = "iris" }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(ready.Ready);
    }
}
