namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>Waits for a condition that another thread or process brings about, for a bounded time.</summary>
internal static class Eventually
{
    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> accept, string what, double seconds = 20)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (accept(value))
            {
                return value;
            }

            Assert.True(
                TimeProvider.System.GetElapsedTime(deadline).TotalSeconds < seconds, $"Not within {seconds} s: {what}; last: {value}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public static Task TrueAsync(Func<Task<bool>> condition, string what, double seconds = 20) =>
        GetAsync(condition, met => met, what, seconds);

    public static Task TrueAsync(Func<bool> condition, string what, double seconds = 20) =>
        TrueAsync(() => Task.FromResult(condition()), what, seconds);
}
