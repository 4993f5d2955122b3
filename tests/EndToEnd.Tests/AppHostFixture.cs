namespace Analytics.EndToEnd.Tests;

/// <summary>
/// One running application for all tests of a class or assembly, started at the first use, with the default store and the
/// samples trained. Tests that stop it, or need other settings, start a <see cref="RunningAppHost"/> of their own.
/// </summary>
public sealed class AppHostFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private RunningAppHost? _app;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The application, healthy. Skips the test where PostgreSQL is not installed, fails it on a build server.</summary>
    public async Task<RunningAppHost> AppAsync()
    {
        await _gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _app ??= await RunningAppHost.StartAsync(new AppHostSettings(), TestContext.Current.CancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _gate.Dispose();
    }
}
