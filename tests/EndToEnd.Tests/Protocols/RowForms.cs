using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Testing.Inference;
using Google.Protobuf;

namespace Analytics.EndToEnd.Tests.Protocols;

/// <summary>The same rows in the form of each protocol.</summary>
internal sealed class RowForms(RowBatch batch)
{
    private IReadOnlyList<InputColumn> Columns => batch.Signature.Inputs;

    public bool AllNumbers => Columns.All(c => c.Type == ColumnType.Number);

    /// <summary>An array of arrays, each in the signature's order.</summary>
    public JsonArray ByPosition() => new([.. Enumerable.Range(0, batch.Count).Select(r => (JsonNode)Row(r))]);

    /// <summary>An array of objects by column name, missing ones left out.</summary>
    public JsonArray ByName() => new([.. Enumerable.Range(0, batch.Count).Select(r => (JsonNode)new JsonObject(
        Enumerable.Range(0, Columns.Count).Reverse().Where(c => Cell(r, c) is not null).Select(c => KeyValuePair.Create(Columns[c].Name, Cell(r, c)))))]);

    /// <summary>An object with an array for each column.</summary>
    public JsonObject ByColumn() => new(Enumerable.Range(0, Columns.Count).Select(c => KeyValuePair.Create(Columns[c].Name, (JsonNode?)Column(c))));

    public JsonObject Split() => new()
    {
        ["columns"] = new JsonArray([.. Columns.Select(c => (JsonNode)c.Name)]),
        ["data"] = ByPosition(),
    };

    public string Csv(bool header)
    {
        var text = new StringBuilder();
        if (header)
        {
            text.AppendJoin(',', Columns.Select(c => Quote(c.Name))).Append('\n');
        }

        for (var r = 0; r < batch.Count; r++)
        {
            text.AppendJoin(',', Enumerable.Range(0, Columns.Count).Select(c => Field(r, c))).Append('\n');
        }

        return text.ToString();
    }

    public string Lines() => string.Concat(ByPosition().Select(r => r!.ToJsonString() + "\n"));

    public JsonArray Tensors() => new([.. Enumerable.Range(0, Columns.Count).Select(c => (JsonNode)new JsonObject
    {
        ["name"] = Columns[c].Name,
        ["datatype"] = Columns[c].Type == ColumnType.Number ? "FP32" : Columns[c].Type == ColumnType.Boolean ? "BOOL" : "BYTES",
        ["shape"] = new JsonArray(batch.Count, 1),
        ["data"] = Column(c),
    })]);

    public JsonArray Matrix() => new(new JsonObject
    {
        ["name"] = "input-0",
        ["datatype"] = "FP64",
        ["shape"] = new JsonArray(batch.Count, Columns.Count),
        ["data"] = ByPosition(),
    });

    public ModelInferRequest Message(string model, bool raw)
    {
        var request = new ModelInferRequest { ModelName = model };
        for (var c = 0; c < Columns.Count; c++)
        {
            var tensor = new ModelInferRequest.Types.InferInputTensor { Name = Columns[c].Name };
            tensor.Shape.Add(batch.Count);
            request.Inputs.Add(tensor);
            var contents = new InferTensorContents();
            if (Columns[c].Type == ColumnType.Number)
            {
                tensor.Datatype = "FP32";
                contents.Fp32Contents.AddRange(batch.Numbers(c).ToArray());
            }
            else
            {
                tensor.Datatype = "BYTES";
                contents.BytesContents.AddRange(batch.Texts(c).ToArray().Select(ByteString.CopyFromUtf8));
            }

            if (raw)
            {
                request.RawInputContents.Add(ByteString.CopyFrom(
                [
                    .. contents.Fp32Contents.SelectMany(v => BitConverter.GetBytes(v)),
                    .. contents.BytesContents.SelectMany(b => BitConverter.GetBytes(b.Length).Concat(b)),
                ]));
            }
            else
            {
                tensor.Contents = contents;
            }
        }

        return request;
    }

    private JsonArray Row(int row) => new([.. Enumerable.Range(0, Columns.Count).Select(c => Cell(row, c))]);

    private JsonArray Column(int column) => new([.. Enumerable.Range(0, batch.Count).Select(r => Cell(r, column))]);

    private JsonNode? Cell(int row, int column) => Columns[column].Type == ColumnType.Number
        ? batch.Numbers(column).Span[row] is var number && float.IsNaN(number) ? null : JsonValue.Create(number)
        : batch.Texts(column).Span[row] is { Length: > 0 } text ? JsonValue.Create(text) : null;

    private string Field(int row, int column) => Columns[column].Type == ColumnType.Number
        ? batch.Numbers(column).Span[row] is var number && float.IsNaN(number) ? "" : number.ToString("R", CultureInfo.InvariantCulture)
        : Quote(batch.Texts(column).Span[row]);

    private static string Quote(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
