namespace Analytics.AppHost.Publishing;

/// <summary>Whether what was to be published has been.</summary>
/// <param name="isExpected">False where the application is run.</param>
internal sealed class PublishOutcome(bool isExpected)
{
    private bool _succeeded;

    /// <summary>The program's exit code.</summary>
    public int ExitCode => !isExpected || _succeeded ? 0 : 1;

    /// <summary>Every step has succeeded.</summary>
    public void Succeeded() => _succeeded = true;
}
