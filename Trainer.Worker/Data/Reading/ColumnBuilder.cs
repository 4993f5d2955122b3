using Analytics.Registry.Models;
using DuckDB.NET.Data;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>Collects one column's cells.</summary>
internal abstract class ColumnBuilder(string name) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>An expression that <see cref="Sql"/> is computed from; null: it needs none.</summary>
    public virtual string? CastSql => null;

    /// <summary>The expression whose values <see cref="Add"/> reads.</summary>
    public abstract string Sql { get; }

    public abstract void Add(DuckDBDataReader row, int field);

    public abstract TableColumn Build();

    public abstract void Dispose();

    /// <summary>The builder of a column of the given type; in memory where there is no path.</summary>
    public static ColumnBuilder Of(DatasetSource source, int column, ColumnType type, string? path, int rows, int? distinct)
    {
        var name = source.Header[column];
        return type switch
        {
            ColumnType.Number => new Numbers(name, column, source.Cells, path, rows, distinct),
            ColumnType.Boolean => new Booleans(name, column, path, rows),
            ColumnType.Text => new Texts(name, column, source.Cells, path, rows),
            _ => new Dates(name, column, type, source, path, rows, distinct),
        };
    }

    public sealed class Booleans(string name, int place, string? path, int rows) : ColumnBuilder(name)
    {
        private readonly CellWriter<float> _cells = new(path, rows);

        public override string Sql { get; } = CellSql.Boolean($"v{place}");

        public override void Add(DuckDBDataReader row, int field) => _cells.Add(row.GetFloat(field));

        public override TableColumn Build() => new NumberColumn(Name, _cells.Finish(), isBoolean: true);

        public override void Dispose() => _cells.Dispose();
    }

    public sealed class Dates(string name, int place, ColumnType type, DatasetSource source, string? path, int rows, int? distinct) : ColumnBuilder(name)
    {
        private readonly CellWriter<long> _cells = new(path, rows);

        public override string Sql { get; } =
            $"coalesce({(source.Schema.Date?.Contains(name) == true ? source.Cells.DeclaredDate($"v{place}") : $"v{place}")}, '')";

        public override void Add(DuckDBDataReader row, int field) =>
            _cells.Add(DateText.TryParse(row.GetString(field), out var date) ? date.Ticks : DateColumn.Missing);

        public override TableColumn Build() => new DateColumn(Name, _cells.Finish(), type, distinct);

        public override void Dispose() => _cells.Dispose();
    }

    public sealed class Numbers(string name, int place, CellSql cells, string? path, int rows, int? distinct) : ColumnBuilder(name)
    {
        private readonly CellWriter<float> _cells = new(path, rows);

        // NaN in place of NULL spares a question a cell.
        public override string Sql { get; } = $"CASE WHEN {cells.IsNumber($"v{place}", $"f{place}")} THEN f{place} ELSE 'NaN'::FLOAT END";

        public override string? CastSql { get; } = $"{cells.Cast($"v{place}")} AS f{place}";

        public override void Add(DuckDBDataReader row, int field) => _cells.Add(row.GetFloat(field));

        public override TableColumn Build() => new NumberColumn(Name, _cells.Finish(), distinct);

        public override void Dispose() => _cells.Dispose();
    }

    public sealed class Texts(string name, int place, CellSql cells, string? path, int rows) : ColumnBuilder(name)
    {
        private readonly CellWriter<int> _codes = new(path, rows);
        private readonly List<string> _values = [];
        private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);

        // "" is missing and never a value.
        public override string Sql { get; } = $"coalesce({cells.Text($"v{place}")}, '')";

        public override void Add(DuckDBDataReader row, int field)
        {
            var text = row.GetString(field);
            if (text.Length == 0)
            {
                _codes.Add(-1);
                return;
            }

            if (!_codeOf.TryGetValue(text, out var code))
            {
                code = _values.Count;
                _values.Add(text);
                _codeOf.Add(text, code);
            }

            _codes.Add(code);
        }

        public override TableColumn Build() => new TextColumn(Name, _codes.Finish(), _values);

        public override void Dispose() => _codes.Dispose();
    }
}
