using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>What an infer request says beside its tensors, and the rules that its tensors obey in JSON and in gRPC alike.</summary>
internal sealed class InferCall(ModelTensors tensors, int maxRows)
{
    /// <summary>In place of a column: the tensor is a matrix of all columns.</summary>
    public const int Matrix = -2;

    private readonly List<int> _outputs = new(4);
    private string? _first;
    private bool _hasMatrix;

    public ModelTensors Tensors => tensors;

    /// <summary>The caller's id, given back with the answer; null where none was sent.</summary>
    public string? Id { get; set; }

    /// <summary>The number of rows, as the first tensor has it.</summary>
    public int Rows { get; private set; }

    /// <summary>The places of the outputs that were asked for, in their order; all where none was.</summary>
    public IReadOnlyList<int> Outputs => _outputs;

    /// <summary>Asks for an output.</summary>
    public ScoringProblem? Ask(string? name)
    {
        var place = tensors.FindOutput(name);
        if (place < 0)
        {
            return ScoringProblem.Part("Requested outputs", $"names of {tensors.OutputList()}", $"'{FoundText.Show(name)}'");
        }

        if (_outputs.Contains(place))
        {
            return ScoringProblem.Part("Requested outputs", "each output once", $"'{name}' twice");
        }

        _outputs.Add(place);
        return null;
    }

    /// <summary>
    /// Takes a tensor: its column (-1: no column has its name), datatype and shape; <paramref name="target"/> is the column or
    /// <see cref="Matrix"/>. Adds the rows with the first one. <paramref name="mostValues"/> is a bound of the values that can follow.
    /// </summary>
    public ScoringProblem? Accept(
        RequestWork work, string name, int column, TensorType type, ReadOnlySpan<long> shape, long mostValues, out int target)
    {
        target = column;
        var width = work.Columns.Count;
        if (column < 0)
        {
            if (!tensors.AllNumbers || _first is not null || shape.Length != 2 || shape[1] != width)
            {
                return ScoringProblem.Part($"Tensor '{FoundText.Show(name)}'", Names(work), "a tensor the model does not have");
            }

            target = Matrix;
            _hasMatrix = true;
        }
        else if (_hasMatrix)
        {
            return ScoringProblem.Part($"Tensor '{name}'", "no tensor beside the matrix of all columns", "one");
        }
        else if (work.SetInRow[column] != 0)
        {
            return ScoringProblem.Part($"Tensor '{name}'", "the tensor once", "it twice");
        }

        var kind = column < 0 ? Registry.Models.ColumnType.Number : work.Columns[column].Type;
        if (!type.Fits(kind))
        {
            return ScoringProblem.Part($"Tensor '{FoundText.Show(name)}'", TensorTypes.Fitting(kind), type.Name());
        }

        if (column >= 0 && !(shape.Length == 1 || (shape.Length == 2 && shape[1] == 1)))
        {
            return ScoringProblem.Part($"Tensor '{name}'", "the shape [rows] or [rows, 1]", Show(shape));
        }

        return AddRows(work, name, column, shape, column < 0 ? width : 1, mostValues);
    }

    /// <summary>What is missing now that all tensors were read.</summary>
    public ScoringProblem? FindAbsent(RequestWork work)
    {
        if (_first is null)
        {
            return ScoringProblem.Part("\"inputs\"", $"at least one tensor: {Names(work)}", "none");
        }

        for (var c = 0; c < work.Columns.Count && !_hasMatrix; c++)
        {
            if (work.Columns[c].Required && work.SetInRow[c] == 0)
            {
                return ScoringProblem.Part(
                    $"Tensor '{work.Columns[c].Name}'", $"a tensor of {CellReader.TypeName(work.Columns[c].Type)}s, for the column is required",
                    "nothing: the tensor is absent");
            }
        }

        return null;
    }

    public static string Show(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    private ScoringProblem? AddRows(RequestWork work, string name, int column, ReadOnlySpan<long> shape, int width, long mostValues)
    {
        var rows = shape[0];
        if (_first is not null && rows != Rows)
        {
            return ScoringProblem.Part(
                $"Tensor '{name}'", $"{Rows} row{(Rows == 1 ? "" : "s")}, as tensor '{FoundText.Show(_first)}' has", $"the shape {Show(shape)}");
        }

        if (rows < 1)
        {
            return ScoringProblem.Part($"Tensor '{FoundText.Show(name)}'", "at least one row", $"the shape {Show(shape)}");
        }

        if (rows > maxRows)
        {
            return ScoringProblem.TooManyRows(maxRows);
        }

        // Before the rows take memory: a few bytes must not claim a table.
        if (rows * width > mostValues)
        {
            return ScoringProblem.Part(
                $"Tensor '{FoundText.Show(name)}'", $"{rows * width} values, as the shape {Show(shape)} says", $"at most {mostValues}");
        }

        if (column >= 0)
        {
            work.SetInRow[column] = 1;
        }

        if (_first is null)
        {
            _first = name;
            Rows = (int)rows;
            for (var row = 0; row < Rows; row++)
            {
                work.Batch.AddRow();
            }
        }

        return null;
    }

    private string Names(RequestWork work) =>
        $"one of the tensors {work.Columns.Names()}{(tensors.AllNumbers ? $", or alone one of the shape [rows, {work.Columns.Count}]" : "")}";
}
