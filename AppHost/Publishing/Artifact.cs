namespace Analytics.AppHost.Publishing;

/// <summary>One file of the published output.</summary>
/// <param name="Path">Relative to the output folder, with <c>/</c>: <c>docker/compose.yaml</c>.</param>
/// <param name="Content">UTF-8 text with LF line ends and a last newline; the same bytes for the same application model.</param>
/// <param name="IsExecutable">Whether the file may be run.</param>
internal sealed record Artifact(string Path, string Content, bool IsExecutable = false);
