namespace Analytics.AppHost;

/// <summary>What is missing on this machine or wrong in its settings, in words for the person who started the AppHost.</summary>
internal sealed class SetupException(string message) : Exception(message);
