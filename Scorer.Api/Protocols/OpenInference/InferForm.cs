using System.Text.Json;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>An infer request in JSON, and its answer.</summary>
internal sealed class InferForm(ModelTensors tensors, int maxRows) : ICallForm
{
    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model_name");
    private static readonly JsonEncodedText ModelVersion = JsonEncodedText.Encode("model_version");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText Datatype = JsonEncodedText.Encode("datatype");
    private static readonly JsonEncodedText Shape = JsonEncodedText.Encode("shape");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");

    private readonly InferCall _call = new(tensors, maxRows);

    public string ContentType => "application/json";

    public ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work) => InferRequestReader.Read(body, work, _call);

    public void Write(Servable servable, RequestWork work, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var writer = work.Writer;
        writer.WriteStartObject();
        // Not the version that the rows were read for, should another one have scored them.
        var scored = ModelTensors.Of(servable);
        writer.WriteString(ModelName, scored.Model);
        writer.WriteString(ModelVersion, scored.Version);
        if (_call.Id is { } id)
        {
            writer.WriteString(Id, id);
        }

        writer.WriteStartArray(Outputs);
        if (_call.Outputs.Count == 0)
        {
            for (var place = 0; place < tensors.Outputs.Count; place++)
            {
                WriteTensor(writer, servable, place, outputs, ids);
            }
        }
        else
        {
            foreach (var place in _call.Outputs)
            {
                WriteTensor(writer, servable, place, outputs, ids);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
    }

    private void WriteTensor(Utf8JsonWriter writer, Servable servable, int place, ReadOnlySpan<float> outputs, ReadOnlySpan<Guid> ids)
    {
        var form = tensors.OutputForms[place];
        writer.WriteStartObject();
        writer.WriteString(Name, form.Name);
        writer.WriteString(Datatype, form.Type.Name());
        writer.WriteStartArray(Shape);
        writer.WriteNumberValue(ids.Length);
        if (form.Width is { } dimension)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        writer.WriteStartArray(Data);
        var output = tensors.Outputs[place];
        var width = outputs.Length / ids.Length;
        for (var row = 0; row < ids.Length; row++)
        {
            var values = outputs.Slice(row * width, width);
            switch (output)
            {
                case ModelTensors.Output.Id:
                    writer.WriteStringValue(ids[row]);
                    break;
                case ModelTensors.Output.Label:
                    servable.Answer.WriteLabel(writer, values);
                    break;
                case ModelTensors.Output.Prediction when tensors.IsClassifier:
                    WriteIndex(writer, ClassIndex.Best(values));
                    break;
                default:
                    WriteNumbers(writer, values);
                    break;
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteIndex(Utf8JsonWriter writer, int index)
    {
        if (index < 0)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteNumberValue(index);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            AnswerFormat.WriteNumberValue(writer, value);
        }
    }
}
