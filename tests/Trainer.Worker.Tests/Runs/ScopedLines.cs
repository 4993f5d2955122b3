using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>Collects log lines with the run's id of the scopes around them.</summary>
internal sealed class ScopedLines : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider? _scopes;

    public ConcurrentQueue<(string Category, string Text, object? RunId)> All { get; } = new();

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(ScopedLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            object? run = null;
            lines._scopes?.ForEachScope(
                (scope, _) =>
                {
                    if (scope is IEnumerable<KeyValuePair<string, object>> values)
                    {
                        run = values.FirstOrDefault(v => v.Key == "RunId").Value ?? run;
                    }
                },
                (object?)null);
            lines.All.Enqueue((category, formatter(state, exception), run));
        }
    }
}
