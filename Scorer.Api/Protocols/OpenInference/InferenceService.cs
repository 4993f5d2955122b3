using System.Globalization;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Protocols.OpenInference.Wire;
using Analytics.Scorer.Api.Serving;
using Analytics.ServiceDefaults.Health;
using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>Answers the calls of the Open Inference Protocol over gRPC.</summary>
internal sealed class InferenceService(
    ScoringPipeline pipeline, ServingCatalog catalog, HealthCheckService health, IOptions<ScorerOptions> options, TimeProvider time)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    private readonly int _maxRows = options.Value.MaxRows;

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    public override async Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context)
    {
        var report = await health.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), context.CancellationToken);
        return new ServerReadyResponse { Ready = report.Status == HealthStatus.Healthy };
    }

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        var ready = ScoringPipeline.TryFind(catalog.Current, request.Name, VersionOf(request.Version), out _, out var problem);
        return problem is { Status: not StatusCodes.Status503ServiceUnavailable }
            ? throw RpcErrors.ToException(problem)
            : Task.FromResult(new ModelReadyResponse { Ready = ready });
    }

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = ServerDescription.Name, Version = ServerDescription.Version });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        var snapshot = catalog.Current;
        if (!ScoringPipeline.TryFind(snapshot, request.Name, VersionOf(request.Version), out var servable, out var problem))
        {
            throw RpcErrors.ToException(problem);
        }

        var tensors = ModelTensors.Of(servable);
        var response = new ModelMetadataResponse { Name = request.Name, Platform = ModelTensors.Platform };
        response.Versions.AddRange(snapshot.Find(request.Name)!.Loaded.Select(s => s.Version.ToString(CultureInfo.InvariantCulture)));
        response.Inputs.AddRange(tensors.Inputs.Select(Describe));
        response.Outputs.AddRange(tensors.OutputForms.Select(Describe));
        return Task.FromResult(response);
    }

    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        var started = time.GetTimestamp();
        var http = context.GetHttpContext();
        // Where the history looks for the model of a call that fails.
        http.Request.RouteValues["model"] = request.ModelName;
        if (!pipeline.TryAcquire(http, request.ModelName, VersionOf(request.ModelVersion), out var servable, out var problem))
        {
            throw Refused(http, problem);
        }

        try
        {
            // Not returned after an exception, as elsewhere.
            var work = servable.Rent();
            var form = new RpcInferForm(request, ModelTensors.Of(servable), _maxRows);
            problem = form.Read(work) ?? await pipeline.ScoreAsync(http, servable, work, form, InferenceRpc.InferRoute, started);
            servable.Return(work);
            return problem is null ? form.Response : throw Refused(http, problem);
        }
        finally
        {
            servable.Release();
        }
    }

    private static RpcException Refused(HttpContext context, ScoringProblem problem)
    {
        context.Features.Set(problem);
        return RpcErrors.ToException(problem);
    }

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorForm form)
    {
        var metadata = new ModelMetadataResponse.Types.TensorMetadata { Name = form.Name, Datatype = form.Type.Name() };
        metadata.Shape.AddRange(form.Shape(-1));
        return metadata;
    }

    private static string? VersionOf(string version) => version.Length == 0 ? null : version;
}
