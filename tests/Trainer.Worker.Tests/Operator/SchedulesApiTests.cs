using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Analytics.Testing;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class SchedulesApiTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SetSchedule_IsShownAndReplacedAndRemoved()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        var (set, view) = await PutAsync(
            trainer, """{"cron":"30 4 * * MON","timeZone":"Europe/Berlin","missed":"skip","run":{"dataset":"iris","parameters":{"trees":5}}}""");
        await PutAsync(trainer, """{"cron":"@hourly","run":{"dataset":"iris"}}""");
        var all = (await trainer.GetAsync("/schedules")).GetProperty("schedules");
        using var removed = await trainer.Client.DeleteAsync(new Uri("/models/iris/schedule", UriKind.Relative), Cancel);
        using var gone = await trainer.Client.GetAsync(new Uri("/models/iris/schedule", UriKind.Relative), Cancel);

        Assert.True(set == HttpStatusCode.OK, view.ToString());
        Assert.Equal(("skip", "loopback"), (view.GetProperty("missed").GetString(), view.GetProperty("setBy").GetString()));
        Assert.Equal(5, view.GetProperty("run").GetProperty("parameters").GetProperty("trees").GetInt32());
        Assert.Equal(3, view.GetProperty("next").EnumerateArray().Select(n => n.GetDateTimeOffset()).Distinct().Count());
        Assert.Equal("@hourly", Assert.Single(all.EnumerateArray()).GetProperty("cron").GetString());
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("""{"cron":"0 0 30 2 *","run":{"dataset":"iris"}}""", "never fires")]
    [InlineData("""{"cron":"often","run":{"dataset":"iris"}}""", "found 'often'")]
    [InlineData("""{"cron":"@daily","timeZone":"Berlin","run":{"dataset":"iris"}}""", "found 'Berlin'")]
    [InlineData("""{"cron":"@daily","missed":"twice","run":{"dataset":"iris"}}""", "one of once, skip")]
    [InlineData("""{"cron":"@daily"}""", "'run' is missing")]
    [InlineData("""{"run":{"dataset":"iris"}}""", "'cron' is needed")]
    [InlineData("""{"cron":"@daily","run":{"dataset":"wine"}}""", "no data set 'wine'; there are 'iris'")]
    [InlineData("""{"cron":"@daily","run":{"dataset":"iris","parameters":{"trees":0}}}""", "'trees'")]
    [InlineData("""{"cron":"@daily","timezone":"UTC","every":1,"run":{"dataset":"iris"}}""", "Unknown member 'every'")]
    public async Task SetSchedule_BadBody_IsAProblemThatSaysWhat(string body, string detail)
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        var (status, problem) = await PutAsync(trainer, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty((await trainer.GetAsync("/schedules")).GetProperty("schedules").EnumerateArray());
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(TestTrainer trainer, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await trainer.Client.PutAsync(new Uri("/models/iris/schedule", UriKind.Relative), content, Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}
