using Analytics.Benchmarks.Load;
using Npgsql;

namespace Analytics.Benchmarks.Journal;

/// <summary>The predictions in the database against those that were answered, id by id.</summary>
/// <param name="Answered">Answers with status 200.</param>
/// <param name="Stored">Rows of <c>predictions</c>; some were stored and their answers never got through.</param>
/// <param name="Missing">Answered ids that no row has.</param>
/// <param name="Duplicate">Rows whose id another row has too.</param>
internal sealed record StoredPredictions(long Answered, long Stored, long Missing, long Duplicate)
{
    public static async Task<StoredPredictions> CompareAsync(
        LoadLog log, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new HashSet<Guid>((int)log.Count);
        long stored = 0, duplicate = 0;
        await using (var copy = await connection.BeginBinaryExportAsync("COPY (SELECT id FROM predictions) TO STDOUT (FORMAT BINARY)", cancellationToken))
        {
            while (await copy.StartRowAsync(cancellationToken) != -1)
            {
                stored++;
                duplicate += rows.Add(await copy.ReadAsync<Guid>(cancellationToken)) ? 0 : 1;
            }
        }

        var answered = log.Answers().Where(a => a.Status == 200).ToList();
        return new StoredPredictions(answered.Count, stored, answered.Count(a => !rows.Contains(a.Id)), duplicate);
    }
}
