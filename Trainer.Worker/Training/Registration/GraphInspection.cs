using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Onnx;
using Google.Protobuf;
using Onnx;

namespace Analytics.Trainer.Worker.Training.Registration;

/// <summary>
/// What a graph from elsewhere may hold, found by reading it, before any of it is run: operators of ONNX's own two domains in
/// versions that ONNX Runtime serves, and everything inside the file. Throws <see cref="InvalidInputException"/>.
/// </summary>
internal static class GraphInspection
{
    /// <summary>The versions of <c>ai.onnx</c> accepted.</summary>
    public const long OldestOpset = 7, NewestOpset = 23;

    /// <summary>The newest version of <c>ai.onnx.ml</c> accepted.</summary>
    public const long NewestMlOpset = 4;

    // Deeper nesting is no model but an attack on whoever reads it.
    private const int DeepestGraph = 16;

    /// <summary>Inspects the bytes of a model.</summary>
    public static void Inspect(byte[] bytes)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidInputException($"The model is not an ONNX file: {e.Message} Send the .onnx file itself.");
        }

        if (model.Graph is null || model.Graph.Node.Count == 0)
        {
            throw new InvalidInputException("The model is not an ONNX file, or its graph has no operator. Send the .onnx file itself.");
        }

        foreach (var opset in model.OpsetImport)
        {
            CheckOpset(opset);
        }

        if (model.Functions.Count > 0)
        {
            throw new InvalidInputException($"The model defines functions of its own ('{model.Functions[0].Name}'); export it with plain operators.");
        }

        Walk(model.Graph, 0);
    }

    private static void CheckOpset(OperatorSetIdProto opset)
    {
        var (oldest, newest) = Normal(opset.Domain) switch
        {
            "" => (OldestOpset, NewestOpset),
            OnnxGraph.MlDomain => (1L, NewestMlOpset),
            _ => (0L, long.MaxValue),
        };
        if (opset.Version < oldest || opset.Version > newest)
        {
            throw new InvalidInputException(
                $"The model uses version {opset.Version} of '{Name(opset.Domain)}'; versions {oldest} to {newest} are served. Export it with another opset.");
        }
    }

    private static void Walk(GraphProto graph, int depth)
    {
        if (depth > DeepestGraph)
        {
            throw new InvalidInputException($"The model has graphs inside graphs, more than {DeepestGraph} deep.");
        }

        foreach (var tensor in graph.Initializer)
        {
            CheckTensor(tensor);
        }

        foreach (var sparse in graph.SparseInitializer)
        {
            CheckTensor(sparse.Values);
            CheckTensor(sparse.Indices);
        }

        foreach (var node in graph.Node)
        {
            if (Normal(node.Domain) is not ("" or OnnxGraph.MlDomain))
            {
                throw new InvalidInputException(
                    $"The model has the operator '{node.OpType}' of the domain '{node.Domain}'; operators of ai.onnx and ai.onnx.ml are served. "
                    + "Export it with standard operators only.");
            }

            foreach (var attribute in node.Attribute)
            {
                CheckTensor(attribute.T);
                attribute.Tensors.ToList().ForEach(CheckTensor);
                foreach (var inner in attribute.Graphs.Append(attribute.G).Where(g => g is not null))
                {
                    Walk(inner, depth + 1);
                }
            }
        }
    }

    private static void CheckTensor(TensorProto? tensor)
    {
        if (tensor is not null && (tensor.DataLocation == TensorProto.Types.DataLocation.External || tensor.ExternalData.Count > 0))
        {
            throw new InvalidInputException(
                $"The tensor '{tensor.Name}' lies in another file; a model is one file. Save it without external data (save_as_external_data=False).");
        }
    }

    private static string Normal(string domain) => domain == "ai.onnx" ? "" : domain;

    private static string Name(string domain) => domain.Length == 0 ? "ai.onnx" : domain;
}
