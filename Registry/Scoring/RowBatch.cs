using Analytics.Registry.Models;

namespace Analytics.Registry.Scoring;

/// <summary>
/// Rows to score, column by column in the signature's order. A column of numbers or booleans is a float array (true as 1, NaN for
/// missing), any other a string array (<c>""</c> for missing; a date as it was sent). Reusable: <see cref="Reset"/> keeps the arrays. One thread at a time.
/// </summary>
public sealed class RowBatch
{
    private readonly float[]?[] _numbers;
    private readonly string[]?[] _texts;
    private int _capacity;

    /// <summary>An empty batch for the given signature.</summary>
    public RowBatch(Signature signature, int capacity = 1)
    {
        Signature = signature;
        _numbers = new float[signature.Inputs.Count][];
        _texts = new string[signature.Inputs.Count][];
        _capacity = Math.Max(1, capacity);
        for (var c = 0; c < signature.Inputs.Count; c++)
        {
            if (signature.Inputs[c].Type.IsNumeric())
            {
                _numbers[c] = new float[_capacity];
            }
            else
            {
                _texts[c] = new string[_capacity];
            }
        }
    }

    /// <summary>The signature whose columns these are.</summary>
    public Signature Signature { get; }

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the rows, keeps the memory.</summary>
    public void Reset() => Count = 0;

    /// <summary>Adds a row of missing values and returns its index.</summary>
    public int AddRow()
    {
        if (Count == _capacity)
        {
            _capacity *= 2;
            for (var c = 0; c < _numbers.Length; c++)
            {
                if (_numbers[c] is { } numbers)
                {
                    Array.Resize(ref numbers, _capacity);
                    _numbers[c] = numbers;
                }
                else
                {
                    var texts = _texts[c]!;
                    Array.Resize(ref texts, _capacity);
                    _texts[c] = texts;
                }
            }
        }

        for (var c = 0; c < _numbers.Length; c++)
        {
            if (_numbers[c] is { } numbers)
            {
                numbers[Count] = float.NaN;
            }
            else
            {
                _texts[c]![Count] = "";
            }
        }

        return Count++;
    }

    /// <summary>Takes back the row that was added last.</summary>
    public void RemoveLastRow() => Count = Count > 0 ? Count - 1 : throw new InvalidOperationException("There is no row.");

    /// <summary>Sets a cell of a column of numbers or booleans.</summary>
    public void SetNumber(int row, int column, float value) => _numbers[column]![row] = value;

    /// <summary>Sets a cell of a column of texts or dates.</summary>
    public void SetText(int row, int column, string value) => _texts[column]![row] = value;

    /// <summary>The values of a column of numbers or booleans, <see cref="Count"/> of them.</summary>
    public Memory<float> Numbers(int column) => _numbers[column].AsMemory(0, Count);

    /// <summary>The values of a column of texts or dates, <see cref="Count"/> of them.</summary>
    public Memory<string> Texts(int column) => _texts[column].AsMemory(0, Count);
}
