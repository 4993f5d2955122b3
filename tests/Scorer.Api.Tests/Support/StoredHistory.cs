using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>What the database has of requests and predictions.</summary>
internal static class StoredHistory
{
    /// <summary>So many of each, none twice, and each request has all of its rows.</summary>
    public static async Task AssertAsync(string database, int requests, int predictions)
    {
        await using var context = ScorerServer.OpenDatabase(database);
        Assert.Equal(requests, await context.Requests.CountAsync(TestContext.Current.CancellationToken));
        Assert.Equal(predictions, await context.Predictions.CountAsync(TestContext.Current.CancellationToken));
        Assert.Equal(predictions, await context.Predictions.Select(p => p.Id).Distinct().CountAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            requests,
            await context.Requests.CountAsync(
                r => context.Predictions.Count(p => p.RequestId == r.Id) == r.Rows, TestContext.Current.CancellationToken));
    }
}
