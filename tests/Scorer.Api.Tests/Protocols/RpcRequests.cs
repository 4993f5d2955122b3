using System.Buffers.Binary;
using System.Text;
using Analytics.Testing.Inference;
using Google.Protobuf;
using static Analytics.Testing.Inference.ModelInferRequest.Types;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>Requests of the generated client.</summary>
internal static class RpcRequests
{
    /// <summary>One flower as a matrix.</summary>
    public static ModelInferRequest Iris(string datatype, long[] shape, bool typed)
    {
        double[] values = [5, 3, 1, 0];
        var request = new ModelInferRequest { ModelName = "iris" };
        var tensor = new InferInputTensor { Name = "input-0", Datatype = datatype };
        tensor.Shape.AddRange(shape);
        request.Inputs.Add(tensor);
        if (typed)
        {
            tensor.Contents = Typed(datatype, values);
        }
        else
        {
            request.RawInputContents.Add(ByteString.CopyFrom([.. values.SelectMany(v => Raw(datatype, v))]));
        }

        return request;
    }

    /// <summary>Two rows with numbers, texts and missing values.</summary>
    public static ModelInferRequest Flowers(bool raw)
    {
        var request = new ModelInferRequest { ModelName = "flowers", Id = "r1" };
        Add(request, raw, "height", "FP32", [2], [1.5, 2]);
        Add(request, raw, "größe", "FP64", [2, 1], [3, double.NaN]);
        AddTexts(request, raw, "color", "red", "");
        AddTexts(request, raw, "site", "süd", "elsewhere");
        return request;
    }

    /// <summary>The two rows, damaged.</summary>
    public static ModelInferRequest BadRequest(string kind)
    {
        var request = Flowers(raw: kind.StartsWith("raw", StringComparison.Ordinal));
        var height = request.Inputs[0];
        var site = request.Inputs[3];
        switch (kind)
        {
            case "unknown model": request.ModelName = "none"; break;
            case "unknown version": (request.ModelName, request.ModelVersion) = ("iris", "7"); break;
            case "not loaded": request.ModelName = "wanted"; break;
            case "no tensor": request.Inputs.Clear(); break;
            case "unknown tensor": height.Name = "nonsense"; break;
            case "unknown datatype": height.Datatype = "BF16"; break;
            case "text for a number": height.Datatype = "BYTES"; break;
            case "number for a text": site.Datatype = "FP32"; break;
            case "twice": site.Name = "color"; break;
            case "absent": request.Inputs.RemoveAt(3); break;
            case "too few values": height.Contents.Fp32Contents.RemoveAt(1); break;
            case "too many values": height.Contents.Fp32Contents.Add(1); break;
            case "other rows": site.Shape[0] = 3; break;
            case "required NaN": height.Contents.Fp32Contents[1] = float.NaN; break;
            case "infinity": height.Contents.Fp32Contents[0] = float.PositiveInfinity; break;
            case "beyond float32": (height.Datatype, height.Contents) = ("FP64", Typed("FP64", [1e300, 1])); break;
            case "beyond INT8": (height.Datatype, height.Contents) = ("INT8", Typed("INT8", [300, 1])); break;
            case "broken UTF-8": site.Contents.BytesContents[0] = ByteString.CopyFrom(0xFF); break;
            case "required text": site.Contents.BytesContents[1] = ByteString.Empty; break;
            case "raw of other size": request.RawInputContents[0] = ByteString.CopyFrom(new byte[9]); break;
            case "raw text cut": request.RawInputContents[3] = ByteString.CopyFrom([.. request.RawInputContents[3].Take(10)]); break;
            case "raw and typed": height.Contents = Typed("FP32", [1, 2]); break;
            case "raw for some": request.RawInputContents.RemoveAt(3); break;
            case "unknown output": request.Outputs.Add(new InferRequestedOutputTensor { Name = "x" }); break;
            case "too many rows": height.Shape[0] = ProtocolScorer.MaxRows + 1; break;
            case "too large": site.Contents.BytesContents[0] = ByteString.CopyFrom(new byte[ProtocolScorer.MaxBodyBytes]); break;
        }

        return request;
    }

    private static void Add(ModelInferRequest request, bool raw, string name, string datatype, long[] shape, double[] values)
    {
        var tensor = new InferInputTensor { Name = name, Datatype = datatype };
        tensor.Shape.AddRange(shape);
        request.Inputs.Add(tensor);
        if (raw)
        {
            request.RawInputContents.Add(ByteString.CopyFrom([.. values.SelectMany(v => Raw(datatype, v))]));
        }
        else
        {
            tensor.Contents = Typed(datatype, values);
        }
    }

    private static void AddTexts(ModelInferRequest request, bool raw, string name, params string[] texts)
    {
        var tensor = new InferInputTensor { Name = name, Datatype = "BYTES" };
        tensor.Shape.Add(texts.Length);
        request.Inputs.Add(tensor);
        if (raw)
        {
            request.RawInputContents.Add(ByteString.CopyFrom([.. texts.SelectMany(RawText)]));
        }
        else
        {
            tensor.Contents = new InferTensorContents();
            tensor.Contents.BytesContents.AddRange(texts.Select(ByteString.CopyFromUtf8));
        }
    }

    private static InferTensorContents Typed(string datatype, double[] values)
    {
        var contents = new InferTensorContents();
        switch (datatype)
        {
            case "INT8" or "INT16" or "INT32": contents.IntContents.AddRange(values.Select(v => (int)v)); break;
            case "INT64": contents.Int64Contents.AddRange(values.Select(v => (long)v)); break;
            case "UINT8" or "UINT16" or "UINT32": contents.UintContents.AddRange(values.Select(v => (uint)v)); break;
            case "UINT64": contents.Uint64Contents.AddRange(values.Select(v => (ulong)v)); break;
            case "FP32": contents.Fp32Contents.AddRange(values.Select(v => (float)v)); break;
            case "FP64": contents.Fp64Contents.AddRange(values); break;
        }

        return contents;
    }

    private static byte[] Raw(string datatype, double value) => datatype switch
    {
        "INT8" => [(byte)(sbyte)value],
        "UINT8" => [(byte)value],
        "INT16" => Little(2, b => BinaryPrimitives.WriteInt16LittleEndian(b, (short)value)),
        "UINT16" => Little(2, b => BinaryPrimitives.WriteUInt16LittleEndian(b, (ushort)value)),
        "INT32" => Little(4, b => BinaryPrimitives.WriteInt32LittleEndian(b, (int)value)),
        "UINT32" => Little(4, b => BinaryPrimitives.WriteUInt32LittleEndian(b, (uint)value)),
        "INT64" => Little(8, b => BinaryPrimitives.WriteInt64LittleEndian(b, (long)value)),
        "UINT64" => Little(8, b => BinaryPrimitives.WriteUInt64LittleEndian(b, (ulong)value)),
        "FP16" => Little(2, b => BinaryPrimitives.WriteHalfLittleEndian(b, (Half)value)),
        "FP32" => Little(4, b => BinaryPrimitives.WriteSingleLittleEndian(b, (float)value)),
        _ => Little(8, b => BinaryPrimitives.WriteDoubleLittleEndian(b, value)),
    };

    private static byte[] RawText(string text) =>
        [.. Little(4, b => BinaryPrimitives.WriteInt32LittleEndian(b, Encoding.UTF8.GetByteCount(text))), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Little(int size, Action<byte[]> write)
    {
        var bytes = new byte[size];
        write(bytes);
        return bytes;
    }
}
