using System.Globalization;

namespace Analytics.AppHost.Publishing;

/// <summary>
/// Turns the model's values into text: a parameter becomes <c>${NAME}</c>, an endpoint the service's name and port. What parameters it met
/// are the deployment's variables. No parameter's value is ever asked for.
/// </summary>
internal sealed class ModelValues
{
    private readonly SortedDictionary<string, DeploymentVariable> _variables = new(StringComparer.Ordinal);

    /// <summary>The variables that the values refer to, sorted by name.</summary>
    public IReadOnlyList<DeploymentVariable> Variables => [.. _variables.Values];

    /// <summary>The text of a value of an environment or of the arguments.</summary>
    /// <param name="place">Where the value stands, for messages.</param>
    /// <param name="value">A text or a reference.</param>
    /// <exception cref="InvalidOperationException">The value refers to something that has no text elsewhere.</exception>
    public string Text(string place, object? value) => value switch
    {
        string text => text.Replace("$", "$$", StringComparison.Ordinal),
        bool or int or long => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        ParameterResource parameter => Variable(parameter),
        EndpointReference endpoint => Property(place, endpoint, EndpointProperty.Url),
        EndpointReferenceExpression expression => Property(place, expression.Endpoint, expression.Property),
        ConnectionStringReference reference => Text(place, reference.Resource.ConnectionStringExpression),
        IResourceWithConnectionString resource => Text(place, resource.ConnectionStringExpression),
        ReferenceExpression { IsConditional: false } expression => Formatted(place, expression),
        _ => throw new InvalidOperationException(
            $"{place} is a {value?.GetType().Name ?? "null"}; expected a text, a parameter, an endpoint or a connection string."),
    };

    private string Formatted(string place, ReferenceExpression expression)
    {
        if (expression.StringFormats.FirstOrDefault(f => f is not null) is { } format)
        {
            throw new InvalidOperationException($"{place} asks for the format '{format}', which cannot be applied to a variable.");
        }

        var values = expression.ValueProviders.Select(v => (object)Text(place, v)).ToArray();
        return string.Format(CultureInfo.InvariantCulture, expression.Format.Replace("$", "$$", StringComparison.Ordinal), values);
    }

    private static string Property(string place, EndpointReference reference, EndpointProperty property)
    {
        var host = reference.Resource.Name;
        var endpoint = reference.EndpointAnnotation;
        var port = Port(reference.Resource, endpoint).ToString(CultureInfo.InvariantCulture);
        return property switch
        {
            EndpointProperty.Url => $"{endpoint.UriScheme}://{host}:{port}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => host,
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.HostAndPort => $"{host}:{port}",
            EndpointProperty.Scheme => endpoint.UriScheme,
            _ => throw new InvalidOperationException($"{place} asks for the property {property} of {host}'s endpoint '{endpoint.Name}', which it has not elsewhere."),
        };
    }

    /// <summary>The port of an endpoint, the same inside and outside.</summary>
    public static int Port(IResource resource, EndpointAnnotation endpoint) => endpoint.TargetPort ?? endpoint.Port
        ?? throw new InvalidOperationException($"The endpoint '{endpoint.Name}' of {resource.Name} has no port; give it a fixed one.");

    private string Variable(ParameterResource parameter)
    {
        var name = parameter.Name.Replace('-', '_').ToUpperInvariant();
        _variables[name] = new DeploymentVariable(
            name,
            parameter.Description ?? throw new InvalidOperationException($"The parameter '{parameter.Name}' has no description; the person who fills in {name} needs one."),
            Default(parameter),
            parameter.Secret);
        return $"${{{name}}}";
    }

    // A generated default is a secret of this machine.
    private static string? Default(ParameterResource parameter) =>
        parameter.Default is EmptyDefault || (!parameter.Secret && parameter.Default is { } standard and not GenerateParameterDefault)
            ? parameter.Default.GetDefaultValue()
            : null;
}
