using System.Text.Json;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Has data looked at in a child process with the memory bound of an attempt: DuckDB is native code, and a file is anybody's. One
/// at a time.
/// </summary>
internal sealed class DatasetInspection(AttemptProcess process, WorkFolder work, IOptions<TrainerOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>
    /// Looks at the data that <paramref name="place"/> puts into the folder it is given, under the name that it returns. A fault of
    /// the data is in the answer.
    /// </summary>
    public async Task<Inspection> InspectAsync(
        Func<string, Task<string>> place, DatasetSchema schema, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var folder = work.Create("inspect");
            var job = new InspectionJob(await place(folder.Folder), schema, options.Value.MaxDatasetBytes);
            await File.WriteAllBytesAsync(
                folder.File(Inspection.JobFileName), JsonSerializer.SerializeToUtf8Bytes(job, JsonSerializerOptions.Web), cancellationToken);
            var exit = await process.RunAsync(folder.Folder, options.Value.MemoryBound, _ => { }, cancellationToken, AttemptProgram.InspectVerb);
            if (exit.ExitCode != 0)
            {
                return new Inspection
                {
                    Error = exit.OutOfMemory
                        ? $"Looking at the data takes more memory than Trainer:MaxMemory allows ({options.Value.MemoryBound >> 20} MB)."
                        : $"The data cannot be read: its reader ended with code {exit.ExitCode} ({exit.LastWords}).",
                };
            }

            return JsonSerializer.Deserialize<Inspection>(
                await File.ReadAllBytesAsync(folder.File(Inspection.FileName), cancellationToken), JsonSerializerOptions.Web)!;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
