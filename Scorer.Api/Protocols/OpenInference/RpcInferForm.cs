using System.Buffers.Binary;
using System.Text;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Protocols.OpenInference.Wire;
using Analytics.Scorer.Api.Serving;
using Google.Protobuf;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>An infer request as a gRPC message, and its answer: in raw contents where the request had them, else in typed ones.</summary>
internal sealed class RpcInferForm(ModelInferRequest request, ModelTensors tensors, int maxRows) : IAnswerForm
{
    private readonly InferCall _call = new(tensors, maxRows);

    /// <summary>The answer, once it was written.</summary>
    public ModelInferResponse Response { get; } = new();

    private bool IsRaw => request.RawInputContents.Count > 0;

    /// <summary>Reads the rows into <paramref name="work"/>; null when all is well.</summary>
    public ScoringProblem? Read(RequestWork work)
    {
        foreach (var output in request.Outputs)
        {
            if (_call.Ask(output.Name) is { } problem)
            {
                return problem;
            }
        }

        if (IsRaw && request.RawInputContents.Count != request.Inputs.Count)
        {
            return ScoringProblem.Part(
                "raw_input_contents", $"contents for each of the {request.Inputs.Count} tensors", request.RawInputContents.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        for (var i = 0; i < request.Inputs.Count; i++)
        {
            if (ReadTensor(work, request.Inputs[i], i) is { } problem)
            {
                return problem;
            }
        }

        return _call.FindAbsent(work);
    }

    public void Write(Servable servable, RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        Response.ModelName = servable.Model;
        // Not the version that the rows were read for, should another one have scored them.
        Response.ModelVersion = ModelTensors.Of(servable).Version;
        Response.Id = request.Id;
        var count = _call.Outputs.Count == 0 ? tensors.Outputs.Count : _call.Outputs.Count;
        for (var i = 0; i < count; i++)
        {
            var place = _call.Outputs.Count == 0 ? i : _call.Outputs[i];
            var form = tensors.OutputForms[place];
            var tensor = new ModelInferResponse.Types.InferOutputTensor { Name = form.Name, Datatype = form.Type.Name() };
            tensor.Shape.AddRange(form.Shape(ids.Length));
            var contents = Contents(tensors.Outputs[place], outputs, ids);
            if (IsRaw)
            {
                Response.RawOutputContents.Add(Raw(contents));
            }
            else
            {
                tensor.Contents = contents;
            }

            Response.Outputs.Add(tensor);
        }
    }

    private ScoringProblem? ReadTensor(RequestWork work, ModelInferRequest.Types.InferInputTensor tensor, int index)
    {
        if (!TensorTypes.TryParse(tensor.Datatype, out var type))
        {
            return ScoringProblem.Part(
                $"Tensor '{FoundText.Show(tensor.Name)}'", $"a datatype (BOOL, BYTES, {TensorTypes.Numbers})", $"'{FoundText.Show(tensor.Datatype)}'");
        }

        if (tensor.Shape.Count == 0 || tensor.Shape.Any(d => d is < 0 or > int.MaxValue))
        {
            return ScoringProblem.Part(
                $"Tensor '{FoundText.Show(tensor.Name)}'", "the shape [rows] or [rows, columns]", InferCall.Show(tensor.Shape.ToArray()));
        }

        if (IsRaw && tensor.Contents is not null)
        {
            return ScoringProblem.Part($"Tensor '{FoundText.Show(tensor.Name)}'", "contents once, raw or typed", "both");
        }

        Span<byte> name = stackalloc byte[256];
        var column = Encoding.UTF8.TryGetBytes(tensor.Name, name, out var length) ? work.Columns.Find(name[..length], index)
            : work.Columns.Find(Encoding.UTF8.GetBytes(tensor.Name), index);
        var source = new RpcTensor(tensor.Name, type, tensor.Contents, IsRaw ? request.RawInputContents[index].Memory : (ReadOnlyMemory<byte>?)null);
        return _call.Accept(work, tensor.Name, column, type, tensor.Shape.ToArray(), source.MostValues, out var target)
            ?? source.Read(work, target, _call.Rows, tensor.Shape.ToArray());
    }

    private InferTensorContents Contents(ModelTensors.Output output, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var contents = new InferTensorContents();
        var width = outputs.Length / ids.Length;
        for (var row = 0; row < ids.Length; row++)
        {
            var values = outputs.Slice(row * width, width);
            switch (output)
            {
                case ModelTensors.Output.Id:
                    contents.BytesContents.Add(ByteString.CopyFromUtf8(ids[row].ToString()));
                    break;
                case ModelTensors.Output.Label:
                    contents.BytesContents.Add(ClassIndex.Best(values) is >= 0 and var best ? tensors.Labels[best] : ByteString.Empty);
                    break;
                case ModelTensors.Output.Prediction when tensors.IsClassifier:
                    contents.Int64Contents.Add(ClassIndex.Best(values));
                    break;
                default:
                    contents.Fp32Contents.AddRange(values);
                    break;
            }
        }

        return contents;
    }

    // Little-endian; each text behind its length in four bytes.
    private static ByteString Raw(InferTensorContents contents)
    {
        var bytes = new byte[(8 * contents.Int64Contents.Count) + (4 * contents.Fp32Contents.Count) + contents.BytesContents.Sum(b => 4 + b.Length)];
        var rest = bytes.AsSpan();
        foreach (var value in contents.Int64Contents)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, value);
            rest = rest[8..];
        }

        foreach (var value in contents.Fp32Contents)
        {
            BinaryPrimitives.WriteSingleLittleEndian(rest, value);
            rest = rest[4..];
        }

        foreach (var value in contents.BytesContents)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, value.Length);
            value.Span.CopyTo(rest[4..]);
            rest = rest[(4 + value.Length)..];
        }

        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
