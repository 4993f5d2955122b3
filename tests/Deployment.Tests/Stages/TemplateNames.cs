using YamlDotNet.RepresentationModel;

namespace Analytics.Deployment.Tests.Stages;

/// <summary>What a CloudFormation template declares.</summary>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Required">Those without a default.</param>
/// <param name="Outputs">Its outputs.</param>
internal sealed record TemplateNames(IReadOnlyList<string> Parameters, IReadOnlyList<string> Required, IReadOnlyList<string> Outputs)
{
    /// <summary>Reads a template.</summary>
    public static TemplateNames Read(string path)
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(path);
        yaml.Load(reader);
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var parameters = ((YamlMappingNode)root["Parameters"]).Children;
        return new(
            [.. parameters.Keys.Select(k => k.ToString())],
            [.. parameters.Where(p => !((YamlMappingNode)p.Value).Children.ContainsKey("Default")).Select(p => p.Key.ToString())],
            [.. ((YamlMappingNode)root["Outputs"]).Children.Keys.Select(k => k.ToString())]);
    }
}
