using System.Buffers.Binary;
using System.Text;
using Analytics.Testing.Inference;
using Grpc.Core;
using static Analytics.Testing.Inference.ModelInferRequest.Types;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>The Open Inference Protocol over gRPC, called by a client that was generated from the specification.</summary>
public sealed class RpcTests(ProtocolScorer protocols) : IClassFixture<ProtocolScorer>
{
    private const string TwoFlowerRows = """[[1.5,3,"red","süd"],[2,null,null,"elsewhere"]]""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ServerLive_IsTrue() => Assert.True((await protocols.Rpc.ServerLiveAsync(new(), cancellationToken: Cancel)).Live);

    [Fact]
    public async Task ServerReady_AModelIsMissing_IsFalse() => Assert.False((await protocols.Rpc.ServerReadyAsync(new(), cancellationToken: Cancel)).Ready);

    [Theory]
    [InlineData("iris", "", true)]
    [InlineData("iris", "1", true)]
    [InlineData("wanted", "", false)]
    public async Task ModelReady_TellsWhetherItAnswers(string model, string version, bool ready) => Assert.Equal(
        ready, (await protocols.Rpc.ModelReadyAsync(new() { Name = model, Version = version }, cancellationToken: Cancel)).Ready);

    [Fact]
    public async Task ServerMetadata_HasNameAndVersion()
    {
        var metadata = await protocols.Rpc.ServerMetadataAsync(new(), cancellationToken: Cancel);

        Assert.Equal("analytics-scorer", metadata.Name);
        Assert.NotEmpty(metadata.Version);
    }

    [Fact]
    public async Task ModelMetadata_DescribesInputsAndOutputs()
    {
        var metadata = await protocols.Rpc.ModelMetadataAsync(new() { Name = "flowers" }, cancellationToken: Cancel);

        Assert.Equal(("flowers", "onnx", "1"), (metadata.Name, metadata.Platform, Assert.Single(metadata.Versions)));
        Assert.Equal(
            ["height FP32 -1,1", "größe FP32 -1,1", "color BYTES -1,1", "site BYTES -1,1"],
            metadata.Inputs.Select(t => $"{t.Name} {t.Datatype} {string.Join(',', t.Shape)}"));
        Assert.Equal(
            ["prediction INT64 -1", "label BYTES -1", "probabilities FP32 -1,3", "id BYTES -1"],
            metadata.Outputs.Select(t => $"{t.Name} {t.Datatype} {string.Join(',', t.Shape)}"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ModelInfer_NumbersTextsAndMissing_AreAnsweredAsByPredict(bool raw)
    {
        var expected = await protocols.PredictAsync("flowers", TwoFlowerRows);

        var answer = await protocols.Rpc.ModelInferAsync(RpcRequests.Flowers(raw), cancellationToken: Cancel);

        Assert.Equal(("flowers", "1", "r1"), (answer.ModelName, answer.ModelVersion, answer.Id));
        Assert.Equal(["prediction", "label", "probabilities", "id"], answer.Outputs.Select(o => o.Name));
        Assert.Equal([2L, 3L], answer.Outputs[2].Shape);
        // The answer comes in the form of the request.
        Assert.Equal(raw ? 4 : 0, answer.RawOutputContents.Count);
        Assert.Equal(expected.Select(p => (long)p!["prediction"]!), Longs(answer, 0));
        Assert.Equal(expected.Select(p => (string)p!["label"]!), Texts(answer, 1));
        Assert.Equal(expected.SelectMany(p => p!["probabilities"]!.AsObject().Select(c => (float)c.Value!)), Floats(answer, 2));
        Assert.All(Texts(answer, 3), id => Guid.Parse(id));
    }

    [Fact]
    public async Task ModelInfer_IsInTheHistory()
    {
        var trace = ProtocolScorer.NewTrace();
        await protocols.Rpc.ModelInferAsync(RpcRequests.Flowers(raw: false), new Metadata { { "traceparent", trace.Header } }, cancellationToken: Cancel);

        var request = await protocols.HistoryAsync(trace.Id);
        Assert.Equal(
            ("/inference.GRPCInferenceService/ModelInfer", 200, 2, "flowers", 1, "loopback"),
            (request.Route, request.Status, request.Rows, request.Model, request.Version, request.Client));
    }

    [Theory]
    [InlineData("INT8")]
    [InlineData("INT32")]
    [InlineData("INT64")]
    [InlineData("UINT16")]
    [InlineData("UINT64")]
    [InlineData("FP32")]
    [InlineData("FP64")]
    public async Task ModelInfer_TypedContents_AreTakenByTheirDatatype(string datatype) =>
        await AssertIrisAsync(datatype, typed: true);

    [Theory]
    [InlineData("INT8")]
    [InlineData("INT16")]
    [InlineData("INT32")]
    [InlineData("INT64")]
    [InlineData("UINT8")]
    [InlineData("UINT16")]
    [InlineData("UINT32")]
    [InlineData("UINT64")]
    [InlineData("FP16")]
    [InlineData("FP32")]
    [InlineData("FP64")]
    public async Task ModelInfer_RawContents_AreLittleEndian(string datatype) => await AssertIrisAsync(datatype, typed: false);

    [Fact]
    public async Task ModelInfer_RequestedOutputs_AreThoseInTheirOrder()
    {
        var request = RpcRequests.Iris("FP32", [1, 4], typed: true);
        request.Outputs.Add(new InferRequestedOutputTensor { Name = "label" });
        request.Outputs.Add(new InferRequestedOutputTensor { Name = "prediction" });

        Assert.Equal(["label", "prediction"], (await protocols.Rpc.ModelInferAsync(request, cancellationToken: Cancel)).Outputs.Select(o => o.Name));
    }

    public static TheoryData<string, StatusCode, string> Bad => new()
    {
        { "unknown model", StatusCode.NotFound, "There is no model 'none'" },
        { "unknown version", StatusCode.NotFound, "Version '7' of model 'iris' is not loaded; loaded: 1." },
        { "not loaded", StatusCode.Unavailable, "has no loaded version yet" },
        { "no tensor", StatusCode.InvalidArgument, "at least one tensor" },
        { "unknown tensor", StatusCode.InvalidArgument, "Tensor 'nonsense': expected one of the tensors" },
        { "unknown datatype", StatusCode.InvalidArgument, "found 'BF16'" },
        { "text for a number", StatusCode.InvalidArgument, "Tensor 'height': expected a datatype of numbers" },
        { "number for a text", StatusCode.InvalidArgument, "Tensor 'site': expected the datatype BYTES" },
        { "twice", StatusCode.InvalidArgument, "expected the tensor once" },
        { "absent", StatusCode.InvalidArgument, "Tensor 'site': expected a tensor of texts, for the column is required" },
        { "too few values", StatusCode.InvalidArgument, "expected 2 values, as the shape [2] says, found at most 1" },
        { "too many values", StatusCode.InvalidArgument, "expected 2 values in fp32_contents, as the shape [2] says, found 3" },
        { "other rows", StatusCode.InvalidArgument, "expected 2 rows, as tensor 'height' has" },
        { "required NaN", StatusCode.InvalidArgument, "Row 1, column 'height': expected a number, for the column is required, found NaN" },
        { "infinity", StatusCode.InvalidArgument, "Row 0, column 'height': expected a number within float32's range" },
        { "beyond float32", StatusCode.InvalidArgument, "Row 0, column 'height': expected a number within float32's range" },
        { "beyond INT8", StatusCode.InvalidArgument, "Row 0, column 'height': expected a whole number of INT8 (-128 to 127), found the number 300" },
        { "broken UTF-8", StatusCode.InvalidArgument, "Row 0, column 'site': expected text in UTF-8" },
        { "required text", StatusCode.InvalidArgument, "Row 1, column 'site': expected a text, for the column is required" },
        { "raw of other size", StatusCode.InvalidArgument, "expected 8 bytes, as the shape [2] says, found 9" },
        { "raw text cut", StatusCode.InvalidArgument, "found an end in text 1" },
        { "raw and typed", StatusCode.InvalidArgument, "found both" },
        { "raw for some", StatusCode.InvalidArgument, "raw_input_contents" },
        { "unknown output", StatusCode.InvalidArgument, "expected names of prediction, label, probabilities, id, found 'x'" },
        { "too many rows", StatusCode.ResourceExhausted, "more than 1000 rows" },
        { "too large", StatusCode.ResourceExhausted, "exceeds" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task ModelInfer_BadInput_HasItsStatusAndPlace(string kind, StatusCode status, string message)
    {
        var trace = ProtocolScorer.NewTrace();
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await protocols.Rpc.ModelInferAsync(RpcRequests.BadRequest(kind), new Metadata { { "traceparent", trace.Header } }, cancellationToken: Cancel));

        Assert.True(status == error.StatusCode, error.ToString());
        Assert.Contains(message, error.Status.Detail, StringComparison.Ordinal);
        var request = await protocols.HistoryAsync(trace.Id);
        Assert.True(request.Status >= 400 && request.Error!.Contains(message, StringComparison.Ordinal), $"{request.Status} {request.Error}");
        // The connection lives.
        Assert.True((await protocols.Rpc.ServerLiveAsync(new(), cancellationToken: Cancel)).Live);
    }

    [Fact]
    public async Task ModelInfer_Unavailable_SaysWhenToTryAgain()
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await protocols.Rpc.ModelInferAsync(new() { ModelName = "wanted" }, cancellationToken: Cancel));

        Assert.Equal("1000", error.Trailers.GetValue("grpc-retry-pushback-ms"));
    }

    [Fact]
    public async Task AnyCall_WrongKey_IsUnauthenticated()
    {
        var trace = ProtocolScorer.NewTrace();
        var metadata = new Metadata { { "x-api-key", "wrong" }, { "traceparent", trace.Header } };
        var error = await Assert.ThrowsAsync<RpcException>(async () => await protocols.Rpc.ModelInferAsync(RpcRequests.Flowers(raw: false), metadata, cancellationToken: Cancel));

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Equal(401, (await protocols.HistoryAsync(trace.Id)).Status);
        // Probes have no key, and need none.
        Assert.True((await protocols.Rpc.ServerLiveAsync(new(), metadata, cancellationToken: Cancel)).Live);
        await Assert.ThrowsAsync<RpcException>(async () => await protocols.Rpc.ModelMetadataAsync(new() { Name = "iris" }, metadata, cancellationToken: Cancel));
    }

    [Fact]
    public async Task ManyCallsAtOnce_EachHasItsOwnAnswer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var request = RpcRequests.Iris("FP32", [1, 4], typed: i % 2 == 0);
            request.Id = $"call-{i}";
            return (await protocols.Rpc.ModelInferAsync(request, cancellationToken: Cancel)).Id;
        }));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"call-{i}"), answers);
    }

    private async Task AssertIrisAsync(string datatype, bool typed)
    {
        var expected = await protocols.PredictAsync("iris", "[[5,3,1,0]]");

        var answer = await protocols.Rpc.ModelInferAsync(RpcRequests.Iris(datatype, [1, 4], typed), cancellationToken: Cancel);

        Assert.Equal(expected[0]!["probabilities"]!.AsObject().Select(c => (float)c.Value!), Floats(answer, 2));
    }

    private static long[] Longs(ModelInferResponse answer, int output) => answer.RawOutputContents.Count == 0
        ? [.. answer.Outputs[output].Contents.Int64Contents]
        : [.. answer.RawOutputContents[output].ToByteArray().Chunk(8).Select(c => BinaryPrimitives.ReadInt64LittleEndian(c))];

    private static float[] Floats(ModelInferResponse answer, int output) => answer.RawOutputContents.Count == 0
        ? [.. answer.Outputs[output].Contents.Fp32Contents]
        : [.. answer.RawOutputContents[output].ToByteArray().Chunk(4).Select(c => BinaryPrimitives.ReadSingleLittleEndian(c))];

    private static List<string> Texts(ModelInferResponse answer, int output)
    {
        if (answer.RawOutputContents.Count == 0)
        {
            return [.. answer.Outputs[output].Contents.BytesContents.Select(b => b.ToStringUtf8())];
        }

        var texts = new List<string>();
        for (var rest = answer.RawOutputContents[output].Span; !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            texts.Add(Encoding.UTF8.GetString(rest.Slice(4, length)));
            rest = rest[(4 + length)..];
        }

        return texts;
    }
}
