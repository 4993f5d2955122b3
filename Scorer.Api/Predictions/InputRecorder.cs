using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// Decides what of the inputs leaves the request: the values, keyed hashes, or nothing. Before the journal, whose files lie on a disk and
/// whose readers are not the history's. Any number of threads.
/// </summary>
internal sealed class InputRecorder
{
    /// <summary>What a hash begins with in the history, followed by 64 hexadecimal digits.</summary>
    public const string HashPrefix = "hmac-sha256:";

    private readonly InputLogging _standard;
    private readonly FrozenDictionary<string, InputLogging> _byModel;
    private readonly byte[] _key;
    private readonly ConditionalWeakTable<Signature, InputColumn[]> _hashed = [];

    public InputRecorder(IOptions<InputLoggingOptions> options)
    {
        _standard = options.Value.Inputs;
        _byModel = options.Value.InputsByModel.ToFrozenDictionary(StringComparer.Ordinal);
        _key = Encoding.UTF8.GetBytes(options.Value.HashKey ?? "");
    }

    /// <summary>What is kept of a model's inputs.</summary>
    public InputLogging Of(string? model) =>
        model is not null && _byModel.TryGetValue(model, out var logging) ? logging : _standard;

    /// <summary>
    /// The columns as they are to be kept, and their values where those are hashes, column after column (<c>""</c> for missing);
    /// null: the values are the batch's own.
    /// </summary>
    public (IReadOnlyList<InputColumn> Columns, string[]? Hashes) Record(string model, RowBatch batch) => Of(model) switch
    {
        InputLogging.Logged => (batch.Signature.Inputs, null),
        InputLogging.Hashed => Hash(model, batch),
        _ => ([], null),
    };

    /// <summary>
    /// HMAC-SHA-256 of <c>model NUL column NUL value</c> in UTF-8, a number in its shortest float32 form, a boolean as <c>true</c> or <c>false</c>: equal values of a
    /// column have equal hashes, in every version of the model, and none can be compared across columns.
    /// </summary>
    public string Hash(string model, string column, string value)
    {
        var text = $"{model}\0{column}\0{value}";
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(_key, bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), hash);
            return HashPrefix + Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private (IReadOnlyList<InputColumn> Columns, string[] Hashes) Hash(string model, RowBatch batch)
    {
        var inputs = batch.Signature.Inputs;
        var texts = new string[inputs.Count * batch.Count];
        var next = 0;
        for (var c = 0; c < inputs.Count; c++)
        {
            var column = inputs[c].Name;
            if (inputs[c].Type.IsNumeric())
            {
                foreach (var number in batch.Numbers(c).Span)
                {
                    // -0 and 0 are one number.
                    texts[next++] = float.IsNaN(number) ? "" : Hash(
                        model, column, inputs[c].Type == ColumnType.Boolean ? (number == 0 ? "false" : "true") : (number + 0f).ToString("R", CultureInfo.InvariantCulture));
                }
            }
            else
            {
                foreach (var text in batch.Texts(c).Span)
                {
                    texts[next++] = string.IsNullOrEmpty(text) ? "" : Hash(model, column, text);
                }
            }
        }

        var columns = _hashed.GetValue(
            batch.Signature, signature => [.. signature.Inputs.Select(i => new InputColumn(i.Name, ColumnType.Text, i.Required))]);
        return (columns, texts);
    }
}
