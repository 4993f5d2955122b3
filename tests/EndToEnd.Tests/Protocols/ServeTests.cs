using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Analytics.EndToEnd.Tests.Protocols;

/// <summary>The scorer as SageMaker starts and stops it.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Serve_UnpackedModel_AnswersWithoutAKeyAndStopsInTime()
    {
        await using var hosted = await HostedModel.StartAsync("iris", await GrownForest.GrowAsync("iris", "species", trees: 5, threads: 2));
        var cancel = TestContext.Current.CancellationToken;

        using var ping = await hosted.Client.GetAsync(new Uri("/ping", UriKind.Relative), cancel);
        using var content = new StringContent("5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", Encoding.UTF8, "text/csv");
        using var answer = await hosted.Client.PostAsync(new Uri("/invocations", UriKind.Relative), content, cancel);
        var predictions = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!["predictions"]!.AsArray();

        Assert.Equal((HttpStatusCode.OK, 0L), (ping.StatusCode, ping.Content.Headers.ContentLength));
        Assert.Equal(["setosa", "virginica"], predictions.Select(p => (string)p!));
        Assert.Equal(0, await hosted.TerminateAsync());
    }
}
