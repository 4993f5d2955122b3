using Analytics.Testing;

namespace Analytics.EndToEnd.Tests;

/// <summary>Stops and starts, and the other store; each with an application of its own.</summary>
public sealed class RestartTests(S3Server s3)
{
    private static readonly object Setosa = new { features = new[] { 5.1, 3.5, 1.4, 0.2 } };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stop_UnderSteadyRequests_EveryAnswerIsStoredAndTheNextStartFindsIt()
    {
        var data = Directory.CreateTempSubdirectory("analytics-restart-").FullName;
        try
        {
            int answered;
            Guid[] ids;
            await using (var app = await RunningAppHost.StartAsync(new AppHostSettings { DataFolder = data }, Cancel))
            {
                await using var stream = new SteadyRequests(app.Scorer, "/predict", Setosa);
                await ApiCalls.UntilAsync(() => Task.FromResult(stream.Answered.Count > 1_000), () => "answers");
                await app.StopAsync(Cancel);
                await stream.StopAsync();
                ids = [.. stream.Answered.Keys];
                answered = ids.Length;
            }

            await using (var app = await RunningAppHost.StartAsync(new AppHostSettings { DataFolder = data }, Cancel))
            {
                Assert.Equal(answered, await app.CountAsync("SELECT count(*) FROM predictions WHERE id = ANY($1)", ids));
                // The samples were not trained again.
                Assert.Equal(2, await app.CountAsync("SELECT count(*) FROM training_runs"));
                Assert.Equal(1, (await app.PredictAsync("/predict", Setosa)).GetProperty("version").GetInt32());
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Loop_OnARealS3Server_TrainsServesAndSwaps()
    {
        var bucket = await s3.CreateBucketAsync();
        await using var app = await RunningAppHost.StartAsync(
            new AppHostSettings
            {
                Configuration = new Dictionary<string, string>
                {
                    ["Store:Url"] = $"s3://{bucket}/team/analytics",
                    ["Store:ServiceUrl"] = s3.ServiceUrl,
                },
                ServiceEnvironment = new Dictionary<string, string>
                {
                    ["AWS_ACCESS_KEY_ID"] = s3.AccessKey,
                    ["AWS_SECRET_ACCESS_KEY"] = s3.SecretKey,
                },
            },
            Cancel);
        Assert.Equal("setosa", (await app.PredictAsync("/predict", Setosa)).GetProperty("label").GetString());

        await using var stream = new SteadyRequests(app.Scorer, "/predict", Setosa);
        // As the first was trained: the gate lets a version of other parameters wait for more held-out rows than iris has.
        await app.TrainAsync("iris", new { dataset = "iris" });
        await app.UntilServedAsync("iris", 2);
        await stream.StopAsync();

        Assert.Empty(stream.Failures);
        using var client = s3.CreateClient();
        var objects = await client.ListObjectsV2Async(new() { BucketName = bucket, Prefix = "team/analytics/models/iris/" }, Cancel);
        Assert.Contains("team/analytics/models/iris/versions/00000002.json", objects.S3Objects.Select(o => o.Key));
        Assert.Contains("team/analytics/models/iris/aliases/champion/0001.json", objects.S3Objects.Select(o => o.Key));
    }
}
