namespace Analytics.AppHost.Publishing;

/// <summary>A library of the distribution that a project's packages need and the runtime's image lacks.</summary>
/// <param name="File">Its file: <c>libgomp.so.1</c>.</param>
/// <param name="Package">The distribution's package that has it: <c>libgomp1</c>.</param>
internal sealed record ImageLibrary(string File, string Package);
