namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>A CloudFormation template, put together piece by piece; <see cref="TemplateYaml"/> writes it.</summary>
internal sealed class Template(string description)
{
    public string Description { get; } = description;

    public OrderedDictionary<string, Parameter> Parameters { get; } = [];

    public OrderedDictionary<string, Rule> Rules { get; } = [];

    public OrderedDictionary<string, OrderedDictionary<string, OrderedDictionary<string, Value>>> Mappings { get; } = [];

    public OrderedDictionary<string, Value> Conditions { get; } = [];

    public List<StackResource> Resources { get; } = [];

    public List<Output> Outputs { get; } = [];

    /// <summary>Adds a parameter.</summary>
    public Ref Add(string name, Parameter parameter)
    {
        Parameters.Add(name, parameter);
        return new Ref(name);
    }

    /// <summary>Adds a condition and returns its name.</summary>
    public string Add(string name, Function condition)
    {
        Conditions.Add(name, condition);
        return name;
    }

    /// <summary>Adds a resource.</summary>
    public StackResource Add(StackResource resource)
    {
        Resources.Add(resource);
        return resource;
    }

    /// <summary>Adds a resource that goes with its stack.</summary>
    public StackResource Add(string logicalId, IResourceProperties properties) => Add(new StackResource(logicalId, properties));

    /// <summary>Adds a resource that holds data.</summary>
    public StackResource Add(string logicalId, IResourceProperties properties, Retention retention) =>
        Add(new StackResource(logicalId, properties) { Retention = retention });
}
