using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Operator;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class DescriptionTests(PostgresServer postgres)
{
    // What one leaves the next needs; the rest is asked in any order.
    private static readonly string[] First = ["PutDataset", "QueueRun", "ListRuns", "CancelRun", "SetAlias", "OrderErasure", "SetSchedule", "GetSchedule", "ListSchedules"];

    // Its body is files, a graph among them, which no example can hold: RegistrationApiTests sends them.
    private const string OfFiles = "RegisterVersion";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Examples_Executed_AreAnsweredAsDescribed()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
        await Manifests.CommitAsync(trainer.Registry, "iris", 1, Guid.CreateVersion7());
        var none = await trainer.Registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel);
        await trainer.Registry.SetAliasAsync("iris", AliasName.Champion, 1, "test", "test", none, Cancel);
        var document = await ReadAsync(trainer);
        Assert.StartsWith("3.1.", document.Version, StringComparison.Ordinal);
        var calls = document.Calls().Where(c => c.Operation != OfFiles).ToList();
        var without = calls.Select(c => c.Operation).Except(OperatorExamples.ByOperation.Keys).ToList();
        Assert.True(without.Count == 0, $"Without an example in {nameof(OperatorExamples)}: {string.Join(", ", without)}.");

        var ids = new Dictionary<string, string>();
        foreach (var call in calls.OrderBy(c => Array.IndexOf(First, c.Operation) is >= 0 and var at ? at : First.Length + (c.Method == "DELETE" ? 1 : 0)))
        {
            var kind = call.Path.StartsWith("/erasures", StringComparison.Ordinal) ? "erasure" : "run";
            var known = ids.TryGetValue(kind, out var id)
                ? call with { Path = call.Path.Replace("01a21434-0727-711a-974d-936160453871", id, StringComparison.Ordinal) }
                : call;
            var answer = await known.ExecuteAsync(trainer.Client, Cancel);
            if (call.Operation is "QueueRun" or "OrderErasure")
            {
                ids[kind] = JsonDocument.Parse(answer).RootElement.GetProperty("id").GetString()!;
            }
        }

        Assert.Empty(OperatorExamples.ByOperation.Keys.Except(calls.Select(c => c.Operation)));
    }

    [Fact]
    public async Task Document_PassesTheLinter()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);

        Assert.Null(await (await ReadAsync(trainer)).LintAsync(Cancel));
    }

    private static async Task<ApiDocument> ReadAsync(TestTrainer trainer) =>
        new(await trainer.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel));
}
