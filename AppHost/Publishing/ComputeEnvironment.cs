namespace Analytics.AppHost.Publishing;

/// <summary>
/// Where the application's services run when they are published: containers of one host, or of a role of a fleet. Aspire asks for such a
/// resource so that every service has exactly one place; it runs nothing itself.
/// </summary>
/// <param name="name">The resource's name.</param>
internal sealed class ComputeEnvironment(string name) : Resource(name), IComputeEnvironmentResource
{
    // Containers of one place find each other by the services' names.
    ReferenceExpression IComputeEnvironmentResource.GetHostAddressExpression(EndpointReference endpointReference) =>
        ReferenceExpression.Create($"{endpointReference.Resource.Name}");
}
